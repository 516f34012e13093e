"""Checks keys, types and rules of an Indexed Job in a Kubernetes manifest."""
import sys

try:
    import yaml
except ImportError:
    print("skipped: python3-yaml is not installed")
    sys.exit(77)

TEXT, NUMBER, TEXTS = str, int, [str]
LABELS = {"*": TEXT}
CONTAINER = {
    "name!": TEXT, "image!": TEXT, "command": TEXTS, "args": TEXTS, "workingDir": TEXT,
    "env": [{"name!": TEXT, "value": TEXT}],
    "resources": {"requests": {"cpu": TEXT, "memory": TEXT}, "limits": {"cpu": TEXT, "memory": TEXT, "nvidia.com/gpu": NUMBER}},
    "volumeMounts": [{"name!": TEXT, "mountPath!": TEXT, "readOnly": bool}],
}
POD = {
    "restartPolicy!": TEXT, "terminationGracePeriodSeconds": NUMBER, "containers!": [CONTAINER],
    "volumes": [{"name!": TEXT, "persistentVolumeClaim": {"claimName!": TEXT, "readOnly": bool}, "emptyDir": {}}],
}
JOB = {
    "apiVersion!": TEXT, "kind!": TEXT, "metadata!": {"name!": TEXT, "labels": LABELS},
    "spec!": {
        "completions": NUMBER, "parallelism": NUMBER, "completionMode": TEXT, "backoffLimit": NUMBER,
        "backoffLimitPerIndex": NUMBER, "maxFailedIndexes": NUMBER, "activeDeadlineSeconds": NUMBER,
        "ttlSecondsAfterFinished": NUMBER, "template!": {"metadata": {"labels": LABELS}, "spec!": POD},
    },
}


def faults(value, shape, where):
    if isinstance(shape, list):
        if not isinstance(value, list) or not value:
            return [f"{where}: is no list"]
        return [f for i, item in enumerate(value) for f in faults(item, shape[0], f"{where}[{i}]")]
    if not isinstance(shape, dict):
        fits = type(value) is shape
        return [] if fits else [f"{where}: {value!r} is no {shape.__name__}"]
    if not isinstance(value, dict):
        return [f"{where}: is no mapping"]
    known = {key.rstrip("!"): part for key, part in shape.items()}
    found = [f"{where}: lacks {key[:-1]}" for key in shape if key.endswith("!") and key[:-1] not in value]
    for key, item in value.items():
        part = known.get(key, known.get("*"))
        found += [f"{where}: {key} is not known"] if part is None else faults(item, part, f"{where}.{key}")
    return found


def rules(job):
    spec, pod = job["spec"], job["spec"]["template"]["spec"]
    words = [word for c in pod["containers"] for word in c.get("command", []) + c.get("args", [])]
    volumes = {volume["name"] for volume in pod.get("volumes", [])}
    if (job["apiVersion"], job["kind"]) != ("batch/v1", "Job"):
        yield "is no batch/v1 Job"
    if pod["restartPolicy"] not in ("OnFailure", "Never"):
        yield "a Job's restartPolicy is OnFailure or Never"
    for container in pod["containers"]:
        for mount in container.get("volumeMounts", []):
            if mount["name"] not in volumes:
                yield f"volume {mount['name']} is not declared"
    if spec.get("completionMode") == "Indexed":
        if "completions" not in spec:
            yield "an Indexed Job needs completions"
        if f"auto/{spec.get('completions')}" not in words:
            yield "--shard auto/N must name as many shards as there are completions"
    elif spec.get("completionMode", "NonIndexed") != "NonIndexed":
        yield f"completionMode {spec['completionMode']} is not known"


def check(text):
    found = []
    for job in yaml.safe_load_all(text):
        wrong = faults(job, JOB, "Job")
        found += wrong or list(rules(job))
    return found


text = open(sys.argv[1], encoding="utf-8").read()
problems = check(text)
# The check must be able to fail.
for good, bad in [("parallelism:", "paralelism:"), ("completions: 4", 'completions: "4"'), ("Indexed", "indexed"),
                  ("auto/4", "auto/5"), ("claimName:", "claim:"), ("OnFailure", "Always"), ("image:", "img:"),
                  ("  completions: 4\n", ""), ("- name: data\n              mount", "- name: other\n              mount")]:
    if good not in text or not check(text.replace(good, bad)):
        problems.append(f"the change of {good!r} to {bad!r} goes unnoticed")
print("\n".join(problems) or "the manifest is sound")
sys.exit(1 if problems else 0)
