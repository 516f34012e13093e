#include "core/operation/declaration.h"
