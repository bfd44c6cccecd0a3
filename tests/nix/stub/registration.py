# SPDX-License-Identifier: MIT
# What `nix-store --load-db` reads, from graphs that Nix wrote by
# exportReferencesGraph (path, deriver, number of references, references).
# Hash and size are computed here, of the path as a NAR.
import hashlib, os, stat, sys


def nar(path, out):
    def s(b):
        out(len(b).to_bytes(8, "little") + b + b"\0" * (-len(b) % 8))

    def node(p):
        st = os.lstat(p)
        s(b"(")
        s(b"type")
        if stat.S_ISLNK(st.st_mode):
            s(b"symlink")
            s(b"target")
            s(os.readlink(p).encode())
        elif stat.S_ISDIR(st.st_mode):
            s(b"directory")
            for e in sorted(os.listdir(p.encode())):
                s(b"entry")
                s(b"(")
                s(b"name")
                s(e)
                s(b"node")
                node(p + "/" + e.decode())
                s(b")")
        else:
            s(b"regular")
            if st.st_mode & 0o100:
                s(b"executable")
                s(b"")
            s(b"contents")
            with open(p, "rb") as f:
                s(f.read())
        s(b")")

    s(b"nix-archive-1")
    node(path)


seen = set()
for g in sys.argv[1:]:
    lines = open(g).read().split("\n")
    i = 0
    while i < len(lines) and lines[i]:
        path, n = lines[i], int(lines[i + 2])
        refs = lines[i + 3 : i + 3 + n]
        i += 3 + n
        if path in seen:
            continue
        seen.add(path)
        h, size = hashlib.sha256(), 0
        parts = []
        nar(path, parts.append)
        for p in parts:
            h.update(p)
            size += len(p)
        print(path, h.hexdigest(), size, "", n, *refs, sep="\n")
