"""Dialogs of algorithms, for the steps of the desktop test."""
import processing
from qgis.PyQt.QtWidgets import QGroupBox, QScrollArea

from seen import pause, picture_of


def open_dialog(algorithm, parameters):
    dialog = processing.createAlgorithmDialog("orthocover:" + algorithm, parameters)
    dialog.show()
    dialog.move(150, 20)
    dialog.resize(1150, 940)
    return dialog


def fold_advanced(dialog, folded):
    """Folds or unfolds the advanced parameters; QGIS remembers it for the next dialog."""
    for box in dialog.findChildren(QGroupBox):
        box.setProperty("collapsed", folded)


def whole_form(dialog, name):
    """A picture of all fields, also of those that one has to scroll to."""
    area = max(dialog.findChildren(QScrollArea), key=lambda a: a.widget().height() if a.widget() else 0)
    area.widget().adjustSize()
    picture_of(area.widget(), name)


def run(dialog):
    """Presses Run.
    @return where the end is noted"""
    ended = []
    dialog.algorithmFinished.connect(lambda ok, values: ended.append((ok, values)))
    dialog.runButton().click()
    return ended


def show_form(algorithm, name):
    """Pictures of a dialog as it opens, and of all its fields."""
    dialog = open_dialog(algorithm, {})
    yield pause(1)
    picture_of(dialog, name)
    fold_advanced(dialog, False)
    yield pause(1)
    whole_form(dialog, name + "-fields")
    fold_advanced(dialog, True)
    yield pause(0.5)
    dialog.close()
