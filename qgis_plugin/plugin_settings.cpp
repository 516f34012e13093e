#include "qgis_plugin/plugin_settings.h"

#include <qgssettings.h>

#include <QStringList>

#include "qgis_plugin/text.h"

namespace orthocover::qgis {
namespace {

QString key(const char* name) {
  return QStringLiteral("orthocover/") + QLatin1String(name);
}

QString read(const QgsSettings& settings, const char* name) {
  return settings.value(key(name)).toString().trimmed();
}

/// Without a value the key goes, so that the default counts again.
void write(QgsSettings& settings, const char* name, const QString& value) {
  if (value.trimmed().isEmpty())
    settings.remove(key(name));
  else
    settings.setValue(key(name), value.trimmed());
}

QString item_text(const nlohmann::json& item) {
  return to_qt(item.is_string() ? item.get<std::string>() : item.dump());
}

QVariant declared_default(const Parameter& parameter) {
  const nlohmann::json& value = parameter.default_value;
  if (value.is_null() || value == "") return {};
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_number_integer() && parameter.type == ValueType::Integer)
    return QVariant::fromValue(value.get<qlonglong>());
  if (value.is_number()) return value.get<double>();
  if (!value.is_array()) return item_text(value);
  QStringList items;
  for (const auto& item : value) items << item_text(item);
  return items.isEmpty() ? QVariant() : QVariant(items.join(','));
}

}  // namespace

PluginSettings PluginSettings::load() {
  const QgsSettings settings;
  return {read(settings, "program"), read(settings, "models"), read(settings, "device"),
          read(settings, "threads"), read(settings, "memory")};
}

void PluginSettings::save() const {
  QgsSettings settings;
  write(settings, "program", program);
  write(settings, "models", models);
  write(settings, "device", device);
  write(settings, "threads", threads);
  write(settings, "memory", memory);
}

QVariant PluginSettings::default_of(const Parameter& parameter) const {
  if (parameter.name == "device" && !device.isEmpty()) return device;
  if (parameter.name == "memory" && !memory.isEmpty()) return memory;
  bool is_number = false;
  const int count = threads.toInt(&is_number);
  if (parameter.name == "threads" && is_number) return count;
  return declared_default(parameter);
}

}  // namespace orthocover::qgis
