"""Shows qgis_process, which loads no C++ plugins of a user, the Processing provider of orthocover."""
import ctypes
import sys

from qgis.core import QgsApplication

PLUGIN = @PLUGIN@


class Loader:
    def initProcessing(self):
        # The desktop loads the C++ plugin itself, if it is ticked in the Plugin Manager.
        if QgsApplication.platform() == "desktop":
            return
        try:
            ctypes.CDLL(PLUGIN).orthocover_register()
        except (OSError, AttributeError) as problem:
            print("orthocover: the QGIS plugin can't be loaded, install it again:", problem, file=sys.stderr)

    def initGui(self):
        self.initProcessing()

    def unload(self):
        pass


def classFactory(iface):
    return Loader()
