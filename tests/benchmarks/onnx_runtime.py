#!/usr/bin/env python3
"""Forward passes of `segment` on the CPU against ONNX Runtime's, alternating, the same network and weights.

usage: onnx_runtime.py FORWARD_BENCHMARK NETWORK SIZE_PX ROUNDS

Needs Debian 13's python3-torch (to export), python3-onnx and python3-onnxruntime.
"""
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

import onnxruntime
import torch


class Network(torch.nn.Module):
    """Runs a traced graph step by step, so that the exporter learns all types and shapes."""

    def __init__(self, file):
        super().__init__()
        self.graph = torch.jit.load(file).inlined_graph

    def forward(self, image):
        values = dict(zip((i.debugName() for i in self.graph.inputs()), (None, image)))
        for node in self.graph.nodes():
            inputs = [values[i.debugName()] for i in node.inputs()]
            values[node.output().debugName()] = self.result(node, inputs)
        return values[next(self.graph.outputs()).debugName()]

    @staticmethod
    def result(node, inputs):
        if node.kind() == "prim::Constant":
            return node.output().toIValue()
        if node.kind() == "prim::ListConstruct":
            return inputs
        if node.kind() in ("aten::max_pool2d", "aten::avg_pool2d"):  # ONNX wants two numbers where C++ gives one
            inputs = [2 * i if isinstance(i, list) and len(i) == 1 else i for i in inputs]
        schema = torch._C.parse_schema(node.schema())
        overloads = getattr(torch.ops.aten, node.kind().removeprefix("aten::"))
        call = getattr(overloads, schema.overload_name or "default")
        return call(**{a.name: i for a, i in zip(schema.arguments, inputs)})


def main(program, network, size_px, rounds):
    with tempfile.TemporaryDirectory() as folder:
        traced, exported = os.path.join(folder, "network.pt"), os.path.join(folder, "network.onnx")
        subprocess.run([program, "--trace", network, size_px, traced], check=True)
        image = torch.rand(1, 3, int(size_px), int(size_px))
        with torch.no_grad():
            expected = torch.jit.load(traced)(image)
            torch.onnx.export(Network(traced).eval(), (image,), exported, opset_version=17)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = len(os.sched_getaffinity(0))
        options.add_session_config_entry("session.force_spinning_stop", "1")
        session = onnxruntime.InferenceSession(exported, options, providers=["CPUExecutionProvider"])
    inputs = {session.get_inputs()[0].name: image.numpy()}
    scores = torch.from_numpy(session.run(None, inputs)[0])
    difference = ((scores - expected).abs().max() / expected.abs().max()).item()
    theirs, ours = [], []
    for _ in range(int(rounds)):
        for _ in range(3):
            start = time.perf_counter()
            session.run(None, inputs)
            theirs.append(time.perf_counter() - start)
        table = subprocess.run([program, "3", size_px, network], check=True, capture_output=True, text=True).stdout
        ours.append(float(re.search(r"compiled .*?\(([\d.]+) s", table)[1]))
    ours, theirs = statistics.median(ours), statistics.median(theirs)
    print(f"{network} {size_px} px: ONNX Runtime {onnxruntime.__version__} {theirs:.3f} s, compiled {ours:.3f} s, "
          f"ratio {ours / theirs:.2f}, scores differ by {difference:.0e} of the largest")


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    main(*sys.argv[1:])
