"""Runs the steps of the desktop test inside QGIS, one after the other, and quits; QGIS gets it with --code."""
import os
import sys
import time
import traceback

from qgis.core import QgsProject
from qgis.PyQt.QtCore import QTimer
from qgis.utils import iface

sys.path.insert(0, os.environ["DESKTOP_TEST_STEPS"])
import steps  # noqa: E402

POLL_MS = 100


class Runner:
    """Steps are generators; what they yield is waited for: (condition, most seconds, name)."""

    def __init__(self):
        self.log = open(os.environ["DESKTOP_TEST_PICTURES"] + "/steps.log", "w", buffering=1)
        self.steps = steps.all_steps(self.say)
        self.waits_for = None
        self.timer = QTimer()
        self.timer.timeout.connect(self.go_on)
        self.timer.start(POLL_MS)

    def say(self, line):
        self.log.write(line + "\n")

    def go_on(self):
        try:
            self.advance()
        except StopIteration:
            self.finish("end")
        except BaseException:  # an error in a timer would only hang
            self.finish("failed: " + traceback.format_exc())

    def advance(self):
        if self.waits_for is not None:
            condition, until, name = self.waits_for
            if not condition():
                if time.monotonic() > until:
                    raise TimeoutError(name)
                return
        condition, seconds, name = next(self.steps)
        self.waits_for = (condition, time.monotonic() + seconds, name)

    def finish(self, line):
        self.timer.stop()
        self.say(line)
        if line != "end":
            steps.picture_of_screen("failed")
            os._exit(1)
        QgsProject.instance().clear()  # else QGIS asks what to do with temporary layers
        iface.actionExit().trigger()


iface.mainWindow().move(0, 0)
iface.mainWindow().resize(1500, 1000)
runner = Runner()
