"""What the steps of the desktop test look at: pictures, processes, layers."""
import os
import time

from qgis.core import QgsProject
from qgis.PyQt.QtWidgets import QApplication

PICTURES = os.environ["DESKTOP_TEST_PICTURES"]


def picture_of(widget, name):
    widget.grab().save(f"{PICTURES}/{name}.png")


def picture_of_screen(name):
    QApplication.primaryScreen().grabWindow(0).save(f"{PICTURES}/{name}.png")


def children():
    """Numbers of the living processes orthocover that this QGIS started."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat") as file:
                name, rest = file.read().split("(", 1)[1].rsplit(")", 1)
        except OSError:
            continue  # ended meanwhile
        state, parent = rest.split()[:2]
        if int(parent) == os.getpid() and name == "orthocover" and state != "Z":
            found.append(int(pid))
    return found


def layer(name):
    """The layer of the project with this name; more than one, or none, is an error."""
    (found,) = QgsProject.instance().mapLayersByName(name)
    return found


def pause(seconds):
    """A thing to wait for: time, in which the window draws itself."""
    until = time.monotonic() + seconds
    return (lambda: time.monotonic() > until, seconds + 10, "pause")
