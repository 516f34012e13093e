"""The steps of the desktop test: what a person does who maps a first orthophoto."""
import os

from processing.core.ProcessingResults import resultsList
from processing.gui.BatchAlgorithmDialog import BatchAlgorithmDialog
from qgis.core import QgsApplication, QgsProject, QgsRasterLayer, QgsSettings
from qgis.PyQt.QtCore import QTimer
from qgis.PyQt.QtWidgets import QApplication, QDockWidget, QProgressBar, QTreeView
from qgis.utils import iface

from forms import open_dialog, run, show_form
from seen import children, layer, pause, picture_of, picture_of_screen

SCENE = os.environ["DESKTOP_TEST_SCENE"]
FOLDER = os.environ["DESKTOP_TEST_FOLDER"]
SMALL_EXTENT = "9522070,9522100,3202060,3202090 [EPSG:3857]"
START_S, RUN_S, DIALOG_S = 60, 180, 30


def all_steps(say):
    os.makedirs(FOLDER, exist_ok=True)
    for step in (start, toolbox, segment, results, cancel, many, vectorize, rows, options):
        yield from step(say)


def provider():
    return QgsApplication.processingRegistry().providerById("orthocover")


def start(say):
    yield (lambda: provider() is not None, START_S, "provider")
    say("an empty profile has the provider, with the plugin switched on: "
        + str(QgsSettings().value("Plugins/liborthocover_plugin")))
    QgsProject.instance().addMapLayer(QgsRasterLayer(SCENE, "banepa"))
    yield pause(2)
    iface.messageBar().clearWidgets()
    iface.zoomFull()


def toolbox(say):
    dock = iface.mainWindow().findChild(QDockWidget, "ProcessingToolbox")
    dock.show()
    yield pause(1)
    tree = dock.findChild(QTreeView)
    model = tree.model()
    for row in range(model.rowCount()):
        index = model.index(row, 0)
        if index.data() != "orthocover":
            continue
        tree.expandRecursively(index)
        tree.scrollTo(index, QTreeView.PositionAtTop)
        groups = [model.index(i, 0, index) for i in range(model.rowCount(index))]
        say("groups in the toolbox: " + ", ".join(group.data() for group in groups))
    yield pause(2)
    picture_of_screen("01-toolbox")


def segment(say):
    yield from show_form("segment", "02-segment")
    dialog = open_dialog("segment", {
        "INPUT": SCENE, "LEVELS": "1", "PROJWIN": SMALL_EXTENT, "OUTPUT": "TEMPORARY_OUTPUT",
        "CONFIDENCE": "TEMPORARY_OUTPUT", "VECTOR": FOLDER + "/polygons.gpkg"})
    yield pause(1)
    picture_of(dialog, "03-segment-filled")
    ended = run(dialog)
    yield (lambda: ended, RUN_S, "end of segment")
    yield pause(1)
    picture_of(dialog, "04-segment-log")
    say(f"segment ended well: {ended[0][0]}")
    dialog.close()


def results(say):
    for one in QgsProject.instance().mapLayers().values():
        say(f"layer: {one.name()}: {one.renderer().type()}")
    land_cover = layer("banepa land cover").renderer()
    say("classes of the map: " + ", ".join(entry.label for entry in land_cover.classes()))
    polygons = layer("banepa polygons").renderer()
    say(f"categories of the polygons, by {polygons.classAttribute()}: "
        + ", ".join(category.label() for category in polygons.categories()))
    iface.setActiveLayer(layer("banepa land cover"))
    iface.zoomToActiveLayer()
    yield pause(3)
    picture_of_screen("05-result")


def cancel(say):
    before = set(os.listdir(FOLDER))
    dialog = open_dialog("segment", {"INPUT": SCENE, "OUTPUT": FOLDER + "/cancelled.tif"})
    ended = run(dialog)
    yield (lambda: children(), RUN_S, "start of the program")
    bar = dialog.findChild(QProgressBar)
    yield (lambda: bar.value() > 0 or ended, RUN_S, "progress")
    picture_of(dialog, "06-running")
    dialog.cancelButton().click()
    yield (lambda: not children(), DIALOG_S, "end of the cancelled program")
    yield (lambda: ended, DIALOG_S, "end of the cancelled run")
    yield pause(1)
    picture_of(dialog, "07-cancelled")
    say(f"after cancelling: programs {len(children())}, new files {sorted(set(os.listdir(FOLDER)) - before)}")
    dialog.close()


def many(say):
    yield from show_form("segmentbatch", "08-many")
    dialog = open_dialog("segmentbatch", {
        "INPUT": [SCENE], "LEVELS": "1", "PROJWIN": SMALL_EXTENT, "OUTPUT": FOLDER + "/maps", "LOAD_MAPS": True})
    ended = run(dialog)
    yield (lambda: ended, RUN_S, "end of the batch")
    yield pause(1)
    picture_of(dialog, "09-many-log")
    dialog.close()
    maps = QgsProject.instance().mapLayersByName("banepa land cover")
    say(f"the batch ended well: {ended[0][0]}; maps in the project: {len(maps)}, all "
        + ", ".join(sorted({one.renderer().type() for one in maps})))


def vectorize(say):
    yield from show_form("vectorize", "10-vectorize")
    dialog = open_dialog("vectorize", {"MAP": FOLDER + "/maps/banepa.tif", "OUTPUT": "TEMPORARY_OUTPUT"})
    ended = run(dialog)
    yield (lambda: ended, RUN_S, "end of vectorize")
    yield pause(1)
    picture_of(dialog, "11-vectorize-log")
    dialog.close()
    say(f"vectorize ended well: {ended[0][0]}; layer: {layer('banepa land cover polygons').renderer().type()}")


def rows(say):
    """QGIS's own batch, from the dialog for one scene."""
    algorithm = QgsApplication.processingRegistry().createAlgorithmById("orthocover:segment")
    dialog = BatchAlgorithmDialog(algorithm, parent=iface.mainWindow())
    dialog.show()
    yield pause(1)
    picture_of(dialog, "12-rows")
    panel = dialog.mainWidget()
    panel.batchRowCount = lambda: 1
    panel.parametersForRow = lambda *_, **__: ({"INPUT": SCENE, "LEVELS": "1", "PROJWIN": SMALL_EXTENT,
                                                "OUTPUT": FOLDER + "/row.tif"}, True)
    QTimer.singleShot(0, dialog.runAlgorithm)
    # The summary comes last.
    yield (lambda: any(one.name == "segment [summary]" for one in resultsList.getResults()), RUN_S, "end of the rows")
    dialog.close()
    say("QGIS's own batch was shown, and ended with its summary")


def options(say):
    QTimer.singleShot(0, lambda: iface.showOptionsDialog(iface.mainWindow(), "orthocover"))
    yield (lambda: QApplication.activeModalWidget() is not None, DIALOG_S, "options")
    yield pause(2)
    dialog = QApplication.activeModalWidget()
    picture_of(dialog, "13-options")
    say("options were shown: " + dialog.windowTitle())
    dialog.reject()
    yield pause(1)
