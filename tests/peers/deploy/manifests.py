"""The manifests for Kubernetes: by the schemas of Kubernetes, and whether they fit together.

    manifests.py VERSION...

Schemas know no names: a Service that selects nothing, a Secret without the key that is mounted, a probe of a port that
nobody opens are right by them. And a namespace that enforces the restricted standard refuses pods only when it runs.
"""

import pathlib
import sys

import kubernetes_validate
import yaml

FOLDER = pathlib.Path("deploy/kubernetes")
NAMESPACE = "direttore"
PLACEHOLDER = "REPLACE-ME"
INSIDE = ("/metrics", "/healthz", "/readyz")
wrong = []


def check(is_right, what):
    if not is_right:
        wrong.append(what)


def documents():
    for file in sorted([*FOLDER.glob("*.yaml"), *FOLDER.glob("example/*.yaml")]):
        for document in yaml.safe_load_all(file.read_text()):
            yield file.relative_to(FOLDER), document


def by_schema(file, document, versions):
    for version in versions:
        try:
            kubernetes_validate.validate(document, version, strict=True)
        except Exception as error:
            wrong.append(f"{file}: {document['kind']} in Kubernetes {version}: {error}")


def ports_of(workload):
    containers = workload["spec"]["template"]["spec"]["containers"]
    return {port for c in containers for p in c.get("ports", []) for port in (p["name"], p["containerPort"])}


def pod(name, workload):
    """What the restricted standard asks for, and that what is named in it is there."""
    spec = workload["spec"]["template"]["spec"]
    security = spec.get("securityContext", {})
    check(security.get("runAsNonRoot") is True, f"{name}: runAsNonRoot is not true")
    check(security.get("runAsUser", 0) > 0, f"{name}: runAsUser is root or not said")
    check(security.get("seccompProfile", {}).get("type") == "RuntimeDefault", f"{name}: no seccomp profile")
    check(spec.get("automountServiceAccountToken") is False, f"{name}: it gets a token of the cluster")
    check(not any(spec.get(key) for key in ("hostNetwork", "hostPID", "hostIPC")), f"{name}: it shares the host's")
    volumes = {v["name"] for v in spec.get("volumes", [])}
    volumes |= {c["metadata"]["name"] for c in workload["spec"].get("volumeClaimTemplates", [])}
    ports = ports_of(workload)
    for container in spec["containers"]:
        context = container.get("securityContext", {})
        check(context.get("allowPrivilegeEscalation") is False, f"{name}: allowPrivilegeEscalation is not false")
        check(context.get("readOnlyRootFilesystem") is True, f"{name}: its root can be written to")
        check(context.get("capabilities") == {"drop": ["ALL"]}, f"{name}: it keeps capabilities")
        check("memory" in container.get("resources", {}).get("limits", {}), f"{name}: no limit of memory")
        version = container["image"].rpartition("/")[2].partition(":")[2]
        check(version not in ("", "latest"), f"{name}: an image without a version")
        for kind in ("startupProbe", "livenessProbe", "readinessProbe"):
            for how in container.get(kind, {}).values():
                asked = how.get("port") if isinstance(how, dict) else None
                check(asked is None or asked in ports, f"{name}: {kind} asks port {asked}, which nobody opens")
        for mount in container.get("volumeMounts", []):
            check(mount["name"] in volumes, f"{name}: there is no volume {mount['name']}")


def direttore(workload):
    """What is particular to ours."""
    check(workload["spec"]["replicas"] >= 2, "direttore: fewer than two replicas")
    container = workload["spec"]["template"]["spec"]["containers"][0]
    for kind, path in (("livenessProbe", "/healthz"), ("readinessProbe", "/readyz")):
        asked = container.get(kind, {}).get("httpGet", {}).get("path")
        check(asked == path, f"direttore: {kind} asks {asked}, not {path}")


def mounts(workloads, maps, secrets):
    """ConfigMaps and keys of Secrets that are mounted are there, and no secret is in vain, or a real one."""
    mounted = set()
    for name, workload in workloads.items():
        for volume in workload["spec"]["template"]["spec"].get("volumes", []):
            if "configMap" in volume:
                check(volume["configMap"]["name"] in maps, f"{name}: there is no such ConfigMap")
            for item in volume.get("secret", {}).get("items", []):
                mounted.add((volume["secret"]["secretName"], item["key"]))
    there = {(name, key): value for name, s in secrets.items() for key, value in s["stringData"].items()}
    check(mounted == set(there), f"mounted from Secrets {sorted(mounted)}, there is {sorted(there)}")
    for key, value in there.items():
        check(PLACEHOLDER in value, f"the secret {key} looks like a real one")


def selections(workloads, of_kind):
    """Whoever selects pods selects those of one workload, and asks them for ports that they open."""

    def selected(what, selector):
        template = lambda workload: workload["spec"]["template"]["metadata"]["labels"]
        found = [w for w in workloads.values() if selector.items() <= template(w).items()]
        check(len(found) == 1, f"{what} selects {len(found)} workloads")
        return ports_of(found[0]) if found else set()

    for name, workload in workloads.items():
        selected(f"the workload {name}", workload["spec"]["selector"]["matchLabels"])
    for name, service in of_kind("Service").items():
        ports = selected(f"Service {name}", service["spec"]["selector"])
        for port in service["spec"]["ports"]:
            check(port["targetPort"] in ports, f"Service {name}: nobody opens {port['targetPort']}")
    for name, budget in of_kind("PodDisruptionBudget").items():
        selected(f"PodDisruptionBudget {name}", budget["spec"]["selector"]["matchLabels"])
    for name, policy in of_kind("NetworkPolicy").items():
        selector = policy["spec"]["podSelector"].get("matchLabels")
        ports = selected(f"NetworkPolicy {name}", selector) if selector else set()
        for port in (port for rule in policy["spec"].get("ingress", []) for port in rule["ports"]):
            check(port["port"] in ports, f"NetworkPolicy {name}: nobody opens {port['port']}")


def paths(ingresses, services):
    """Each path leads to a port of a Service, and none to what is for inside."""
    for name, ingress in ingresses.items():
        for path in (path for rule in ingress["spec"]["rules"] for path in rule["http"]["paths"]):
            to = path["backend"]["service"]
            ports = [p["name"] for p in services[to["name"]]["spec"]["ports"]] if to["name"] in services else []
            check(to["port"]["name"] in ports, f"Ingress {name}: {path['path']} leads nowhere")
            shows = [p for p in INSIDE if p == path["path"] or path["pathType"] == "Prefix" and path["path"] == "/"]
            check(not shows, f"Ingress {name}: {path['path']} shows {', '.join(shows)}")


def end(versions, everything):
    for line in wrong:
        print(line)
    print(f"Kubernetes: {len(everything)} objects by the schemas of {', '.join(versions)}: {len(wrong)} wrong")
    sys.exit(1 if wrong else 0)


def main():
    versions = sys.argv[1:]
    everything = {}
    for file, document in documents():
        kind, name = document["kind"], document["metadata"]["name"]
        by_schema(file, document, versions)
        check((kind, name) not in everything, f"{file}: {kind} {name} is there twice")
        check(kind == "Namespace" or document["metadata"].get("namespace") == NAMESPACE, f"{file}: not in {NAMESPACE}")
        everything[kind, name] = document
    # What is no object of its kind has not what is looked for below.
    if wrong:
        end(versions, everything)

    def of_kind(*wanted):
        return {name: document for (kind, name), document in everything.items() if kind in wanted}

    labels = everything["Namespace", NAMESPACE]["metadata"]["labels"]
    check(labels.get("pod-security.kubernetes.io/enforce") == "restricted", "the namespace allows more than restricted")
    workloads = of_kind("Deployment", "StatefulSet")
    for name, workload in workloads.items():
        pod(name, workload)
    direttore(workloads["direttore"])
    mounts(workloads, of_kind("ConfigMap"), of_kind("Secret"))
    selections(workloads, of_kind)
    paths(of_kind("Ingress"), of_kind("Service"))

    end(versions, everything)


if __name__ == "__main__":
    main()
