# SPDX-License-Identifier: GPL-2.0-or-later
"""The guests' disk image: built once with mmdebstrap, from the host's own Debian sources.

The cache folder is named by a hash of all that goes in: the package list, the files in guest/,
this file, the apt sources and the kernel they offer. It holds root.ext4, vmlinuz, initrd, kver and modules.tar (the
kernel's modules, from which a payload's module index is made).
"""

import fcntl
import hashlib
import os
import pathlib
import shutil
import subprocess
import tempfile

from .say import BedError, say

HERE = pathlib.Path(__file__).resolve().parent
IMAGE_MB = 1600
FILES = ("root.ext4", "vmlinuz", "initrd", "kver", "modules.tar")


def cache_root():
    """Where everything that outlives a run is kept; `make clean-cache` removes it."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return pathlib.Path(base) / "baton"


def packages(name):
    """The package names in one of the lists beside this file."""
    lines = (HERE / name).read_text().splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def apt_sources():
    """The Debian part of the host's apt sources, as one-line entries, in the host's order."""
    form = "$(ORIGIN)|deb $(REPO_URI) $(RELEASE) $(COMPONENT)"
    out = subprocess.run(["apt-get", "indextargets", "--format", form, "Created-By: Packages"],
                         check=True, capture_output=True, text=True).stdout
    lines = [line.split("|", 1)[1] for line in out.splitlines() if line.startswith("Debian|")]
    if not lines:
        raise BedError("apt knows no Debian package index on this machine: run apt-get update, then try again")
    return list(dict.fromkeys(lines))


def apt_options():
    """The host's ways to reach its sources (proxies and the like), as options for mmdebstrap."""
    out = subprocess.run(["apt-config", "dump", "--no-empty", "Acquire"],
                         check=True, capture_output=True, text=True).stdout
    wanted = ("Acquire::http", "Acquire::https", "Acquire::Retries", "Acquire::ForceIPv")
    return [f"--aptopt={line}" for line in out.splitlines() if line.startswith(wanted)]


def codename():
    """The host's release: guests are of the same one."""
    for line in pathlib.Path("/etc/os-release").read_text().splitlines():
        if line.startswith("VERSION_CODENAME="):
            return line.split("=", 1)[1].strip('"')
    raise BedError("/etc/os-release names no release: the testbed needs a Debian host")


def kernel_package():
    """The cloud kernel whose headers are here, so that the module fits; else the newest one."""
    built = [path.parent.name for path in pathlib.Path("/lib/modules").glob("6.1.*-cloud-amd64/build")]
    built.sort(key=lambda name: [int(part) for part in name.split("-cloud")[0].replace("-", ".").split(".") if part.isdigit()])
    for version in reversed(built):
        known = subprocess.run(["apt-cache", "show", f"linux-image-{version}"], capture_output=True, check=False)
        if known.returncode == 0:
            return f"linux-image-{version}"
    return "linux-image-cloud-amd64"


def key():
    """The hash of everything that goes into the image."""
    digest = hashlib.sha256()
    for path in sorted((HERE / "guest").iterdir()) + [HERE / "packages-guest", HERE / "image.py"]:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    kernel = subprocess.run(["apt-cache", "show", "--no-all-versions", kernel_package()],
                            check=True, capture_output=True, text=True).stdout
    digest.update("\n".join(apt_sources() + [codename(), kernel]).encode())
    return digest.hexdigest()[:20]


def _bootstrap(out):
    """Run mmdebstrap; its hooks leave the five files in `out`."""
    guest = HERE / "guest"
    disk = '"$1.img"'
    hooks = [
        # The initramfs is our own; the stock generator only costs minutes.
        'mkdir -p "$1/etc/initramfs-tools" && echo update_initramfs=no >"$1/etc/initramfs-tools/update-initramfs.conf"',
    ]
    custom = ['mkdir -p "$1/tmp/testbed"']
    custom += [f'upload "{path}" "/tmp/testbed/{path.name}"' for path in sorted(guest.iterdir())]
    custom += [
        'chroot "$1" sh /tmp/testbed/setup.sh /tmp/testbed && rm -rf "$1/tmp/testbed"',
        'tar -C "$1/lib/modules" -cf "$1/boot/modules.tar" .',
    ]
    custom += [f'download "/boot/{name}" "{out / name}"' for name in FILES[1:]]
    custom += [
        'rm -rf "$1/boot/modules.tar" "$1/boot/initrd" "$1/boot/vmlinuz"',
        # In a mount namespace without the /proc, /sys and /dev that mmdebstrap put in there.
        f'truncate -s {IMAGE_MB}M {disk} && unshare -m sh -ec \'for d in proc sys dev; do umount -R -l "$1/$d" || :; done; '
        f'mke2fs -q -t ext4 -J size=8 -d "$1" {disk}\' sh "$1" && mv {disk} "$1/disk.img"',
        f'download /disk.img "{out / "root.ext4"}"',
    ]
    command = ["mmdebstrap", "--mode=auto", "--variant=essential", "--format=null", "--quiet",
               "--include=" + ",".join(packages("packages-guest") + [kernel_package()]),
               "--aptopt=APT::Install-Recommends \"false\"",
               "--dpkgopt=path-exclude=/usr/share/doc/*", "--dpkgopt=path-exclude=/usr/share/man/*",
               "--dpkgopt=path-exclude=/usr/share/locale/*", "--dpkgopt=force-confold"]
    command += apt_options()
    command += [f"--essential-hook={hook}" for hook in hooks]
    command += [f"--customize-hook={hook}" for hook in custom]
    command += [codename(), "/dev/null"]
    env = dict(os.environ, LC_ALL="C.UTF-8", DEBIAN_FRONTEND="noninteractive")
    log = out / "build.log"
    with log.open("w") as sink:
        done = subprocess.run(command, input="\n".join(apt_sources()) + "\n", text=True,
                              stdout=sink, stderr=subprocess.STDOUT, env=env, cwd="/", check=False)
    if done.returncode:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
        raise BedError(f"building the guest image failed (mmdebstrap exit {done.returncode}); the end of its log:\n{tail}")


def _sparse(path):
    """Give the zeros of a downloaded disk back to the file system."""
    subprocess.run(["fallocate", "--dig-holes", str(path)], check=False, capture_output=True)


def ensure():
    """The folder with the image's files, built if it is not cached yet."""
    root = cache_root()
    root.mkdir(parents=True, exist_ok=True)
    with (root / "image.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        final = root / f"image-{key()}"
        if all((final / name).exists() for name in FILES):
            return final
        say(f"building the guest image (once; kept in {final})")
        work = pathlib.Path(tempfile.mkdtemp(prefix="image.", dir=root))
        try:
            work.chmod(0o755)
            _bootstrap(work)
            _sparse(work / "root.ext4")
            shutil.rmtree(final, ignore_errors=True)
            work.rename(final)
        finally:
            shutil.rmtree(work, ignore_errors=True)
        for old in root.glob("image-*"):
            if old != final:
                shutil.rmtree(old, ignore_errors=True)
        say("guest image built")
        return final


def kver(folder):
    """The kernel version inside an image folder."""
    return (folder / "kver").read_text().strip()


if __name__ == "__main__":
    print(ensure())
