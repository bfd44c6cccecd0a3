# SPDX-License-Identifier: MIT
# image.py NAME TAG ARCH LAYER CONFIG PATHS CREATED: a docker-archive on stdout: one
# layer of the store paths in PATHS, one of the folder LAYER. All is root's, with one time.
# Programs of the stub are links to the host's: a third layer has what these lead to.
import hashlib, io, json, os, re, subprocess, sys, tarfile

name, tag, arch, layer, config, paths, created = sys.argv[1:]
outside = set()


def entry(t, path, arc):
    i = t.gettarinfo(path, arc)
    if i.issym() and re.match(r"/(usr|bin|sbin|lib)/", i.linkname):
        outside.add(i.linkname)
    i.uid = i.gid = 0
    i.uname = i.gname = "root"
    i.mtime = 1
    if i.islnk():
        i.type, i.linkname = tarfile.REGTYPE, ""
        i.size = os.lstat(path).st_size
    if i.isreg():
        with open(path, "rb") as f:
            t.addfile(i, f)
    else:
        t.addfile(i)


def tree(t, path, arc):
    entry(t, path, arc)
    if os.path.isdir(path) and not os.path.islink(path):
        for e in sorted(os.listdir(path)):
            tree(t, path + "/" + e, arc + "/" + e)


def folder(t, arc):
    i = tarfile.TarInfo(arc)
    i.type, i.mode, i.mtime = tarfile.DIRTYPE, 0o755, 1
    i.uname = i.gname = "root"
    t.addfile(i)


layers = []
store = [p for p in open(paths).read().split("\n") if p]
if store:
    b = io.BytesIO()
    with tarfile.open(fileobj=b, mode="w", format=tarfile.GNU_FORMAT) as t:
        made = ""
        for part in os.path.dirname(store[0]).strip("/").split("/"):
            made = (made + "/" + part).lstrip("/")
            folder(t, made)
        for p in store:
            tree(t, p, p.lstrip("/"))
    layers.append(b.getvalue())
b = io.BytesIO()
with tarfile.open(fileobj=b, mode="w", format=tarfile.GNU_FORMAT) as t:
    for e in sorted(os.listdir(layer)):
        tree(t, layer + "/" + e, e)
layers.append(b.getvalue())


def libraries(program):
    said = subprocess.run(["ldd", program], capture_output=True, text=True).stdout
    return re.findall(r"(/\S+) \(0x", said)


if outside:
    for p in sorted(outside):
        outside.update(libraries(p))
    b = io.BytesIO()
    with tarfile.open(fileobj=b, mode="w", format=tarfile.GNU_FORMAT) as t:
        for l in ["lib", "lib64"]:
            if os.path.islink("/" + l):
                entry(t, "/" + l, l)
        made = set()
        for p in sorted(outside):
            real = os.path.realpath(p)
            arc = p.lstrip("/")
            if arc.startswith("lib") or arc.startswith("bin/") or arc.startswith("sbin/"):
                arc = "usr/" + arc
            for n in [arc] if os.path.isfile(real) else []:
                for d in [n[: m.start()] for m in re.finditer("/", n)]:
                    if d not in made:
                        made.add(d)
                        folder(t, d)
                entry(t, real, n)
    layers.append(b.getvalue())

ids = [hashlib.sha256(x).hexdigest() for x in layers]
image = {
    "architecture": arch,
    "os": "linux",
    "created": created,
    "config": json.load(open(config)),
    "rootfs": {"type": "layers", "diff_ids": ["sha256:" + i for i in ids]},
    "history": [{"created": created} for _ in ids],
}
text = json.dumps(image).encode()
cid = hashlib.sha256(text).hexdigest()
manifest = [{"Config": cid + ".json", "RepoTags": [name + ":" + tag], "Layers": [i + "/layer.tar" for i in ids]}]


def file(t, arc, data):
    i = tarfile.TarInfo(arc)
    i.size, i.mtime, i.mode = len(data), 1, 0o444
    t.addfile(i, io.BytesIO(data))


with tarfile.open(fileobj=sys.stdout.buffer, mode="w|", format=tarfile.GNU_FORMAT) as t:
    file(t, cid + ".json", text)
    for i, x in zip(ids, layers):
        folder(t, i)
        file(t, i + "/layer.tar", x)
    file(t, "manifest.json", json.dumps(manifest).encode())
