# SPDX-License-Identifier: GPL-2.0-or-later
"""What a run puts into its guests: Baton as `make install` lays it out, and the pair's configuration.

Each director gets a tar archive as its second disk; the guest's initramfs unpacks it before
systemd starts, so it looks like software that a user had installed.
"""

import base64
import os
import pathlib
import re
import secrets
import shutil
import subprocess
import tarfile

from . import net, peer
from .image import kver
from .say import BedError, say

TOP = pathlib.Path(__file__).resolve().parents[2]
TOKEN_MS = 300
CONSENSUS_MS = 120
JOIN_MS = 50
SUCCESSION_MS = 130


def _corosync_conf():
    """Fast detection, on links that stay up.

    knet looks at its links once per 200 ms; a ping timeout of token / 2, its default, is shorter
    than that and takes both links down every few seconds. So the timeouts of the links are set
    here, and every packet goes over both links: the loss of one costs no token. After a message
    the token goes round seqno_unchanged_const times at full speed; 30, the default, would keep
    an emulated processor busy with nothing else.
    """
    nodes = "".join(f"""
	node {{
		nodeid: {n}
		name: dir{n}
		ring0_addr: {net.PREFIX['sync']}.1{n}
		ring1_addr: {net.PREFIX['lan']}.1{n}
	}}""" for n in (1, 2))
    links = "".join(f"""	interface {{
		linknumber: {n}
		knet_ping_interval: 200
		knet_ping_timeout: 1000
		knet_pong_count: 2
	}}
""" for n in (0, 1))
    return f"""totem {{
	version: 2
	cluster_name: baton
	transport: knet
	crypto_cipher: aes256
	crypto_hash: sha256
	token: {TOKEN_MS}
	consensus: {CONSENSUS_MS}
	join: {JOIN_MS}
	seqno_unchanged_const: 1
	link_mode: active
{links}}}
nodelist {{{nodes}
}}
quorum {{
	provider: corosync_votequorum
	two_node: 1
}}
logging {{
	to_syslog: yes
	to_stderr: no
	timestamp: hires
}}
"""


def _baton_conf():
    vips = ((net.VIP_NAT, 24, "eth0"), (net.VIP_DR, 24, "eth0"), (net.GATEWAY_IN, 24, "eth2"),
            (net.VIP_NAT6, 64, "eth0"), (net.GATEWAY_IN6, 64, "eth2"))
    text = """[sync]
interface = eth1
group = 239.255.66.66
port = 6666
key_file = /etc/baton/sync.key
key_id = 1

[ha]
lease_ms = 250
announce_ms = 0 100 1100 2500 5000
"""
    if os.environ.get("PROFILE") == "fast":
        text += f"succession_ms = {SUCCESSION_MS}\n"
    return text + "".join(f"\n[vip]\naddress = {address}/{size}\ninterface = {link}\n" for address, size, link in vips)


def _services_conf():
    """The services, in the language of `batonctl apply`."""
    lines = []
    services = [("tcp", *service) for service in net.SERVICES]
    services += [("udp", vip, net.PORT_STREAM, scheduler, method) for vip, scheduler, method in net.STREAMS]
    for protocol, vip, port, scheduler, method in services:
        service = f"{protocol} {net.at(vip, port)}"
        lines.append(f"service {service} scheduler {scheduler}")
        lines += [f"server {service} {net.at(net.server(vip, method, last), port)} {method} weight 1" for last in (21, 22)]
    return "\n".join(lines) + "\n"


class _Files:
    """A tree in the making, by path in the guest."""

    def __init__(self, root):
        self.root = root

    def put(self, path, content, mode=0o644):
        """Write one file."""
        target = self.root / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, str):
            content = content.encode()
        target.write_bytes(content)
        target.chmod(mode)

    def pack(self, archive):
        """Everything as a tar archive owned by root; /lib and /sbin are links in the guest."""
        def own(info):
            info.uid = info.gid = 0
            info.uname = info.gname = "root"
            if info.name.split("/")[0] in ("lib", "sbin", "bin"):
                info.name = "usr/" + info.name
            return info
        with tarfile.open(archive, "w", format=tarfile.GNU_FORMAT) as tar:
            for path in sorted(self.root.iterdir()):
                tar.add(path, arcname=path.name, filter=own)


def _install(stage, version, tree=TOP, build=None):
    """`make install` for the guests' kernel."""
    if not pathlib.Path(f"/lib/modules/{version}/build").exists():
        raise BedError(f"no headers for the guests' kernel {version}: run `apt-get update`, then `make deps`; "
                       "if they are not offered any more, `make clean-cache` has the image built anew")
    env = {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "MFLAGS"))}
    done = subprocess.run(["make", "-s", "-C", str(tree), "install", f"DESTDIR={stage}", f"KVER={version}",
                           "BUILD=" + (build or os.environ.get("BUILD", "build"))],
                          env=env, text=True, capture_output=True, check=False)
    if done.returncode:
        raise BedError(f"make install failed:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")


def _module_index(stage, image, version):
    """The index of all modules with ours among them, as depmod would make it in the guest."""
    work = stage.parent / "modules"
    base = work / "lib/modules"
    base.mkdir(parents=True)
    with tarfile.open(image / "modules.tar") as tar:
        tar.extractall(base)
    ours = f"lib/modules/{version}/updates/baton.ko"
    (work / ours).parent.mkdir(exist_ok=True)
    shutil.copy(stage / ours, work / ours)
    subprocess.run(["depmod", "-b", str(work), version], check=True, capture_output=True)
    for path in (base / version).glob("modules.*"):
        shutil.copy(path, stage / f"lib/modules/{version}/{path.name}")
    shutil.rmtree(work)


def _wanted(stage, unit):
    """What `systemctl enable` would do."""
    wants = stage / "etc/systemd/system/multi-user.target.wants"
    wants.mkdir(parents=True, exist_ok=True)
    (wants / unit.rsplit("/", 1)[1]).symlink_to(unit)


def _ssh_config(bed):
    hosts = "".join(f"Host dir{n}\n\tHostName {net.PREFIX['mgmt']}.1{n}\n" for n in (1, 2))
    (bed / "ssh_config").write_text(f"""{hosts}Host *
	User root
	IdentityFile {bed}/key
	IdentitiesOnly yes
	StrictHostKeyChecking no
	UserKnownHostsFile /dev/null
	LogLevel ERROR
	ConnectTimeout 3
	ServerAliveInterval 2
	ServerAliveCountMax 5
	ControlMaster auto
	ControlPath {bed}/ssh-%n
	ControlPersist 600
""")


def _keygen(path):
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "testbed", "-f", str(path)], check=True)


def _configure(files, number, bed, secret):
    files.put("/etc/hostname", f"dir{number}\n")
    files.put("/etc/machine-id", secrets.token_hex(16) + "\n")
    files.put("/etc/hosts", "127.0.0.1 localhost\n" + "".join(f"{net.PREFIX['sync']}.1{n} dir{n}\n" for n in (1, 2)))
    files.put("/etc/testbed/net", "".join(
        f"eth{index} {net.PREFIX[bridge]}.1{number}/24\n" for index, bridge in enumerate(net.BRIDGES)) + "".join(
            f"eth{net.BRIDGES.index(bridge)} {prefix}1{number}/64\n" for bridge, prefix in net.PREFIX6.items()))
    files.put("/etc/sysctl.d/90-director.conf", "net.ipv4.ip_forward = 1\nnet.ipv4.conf.all.send_redirects = 0\n"
              "net.ipv4.conf.default.send_redirects = 0\nnet.ipv4.conf.all.rp_filter = 0\n"
              "net.ipv4.conf.default.rp_filter = 0\nnet.ipv6.conf.all.forwarding = 1\n"
              "net.ipv4.conf.all.arp_evict_nocarrier = 0\nnet.ipv6.conf.all.ndisc_evict_nocarrier = 0\n"
              "net.ipv6.conf.eth1.disable_ipv6 = 1\nnet.ipv6.conf.eth3.disable_ipv6 = 1\n")
    files.put("/etc/ssh/ssh_host_ed25519_key", (bed / "hostkey").read_bytes(), 0o600)
    files.put("/root/.ssh/authorized_keys", (bed / "key.pub").read_bytes(), 0o600)
    files.put("/etc/corosync/corosync.conf", _corosync_conf())
    files.put("/etc/corosync/authkey", secret["authkey"], 0o400)
    files.put("/etc/baton/baton.conf", _baton_conf())
    files.put("/etc/baton/services.conf", _services_conf())
    files.put("/etc/baton/sync.key", secret["sync"], 0o600)


def release(bed, image, number):
    """This tree built as release `number`, or as its own with None: an archive to be unpacked over a director's root."""
    name = number or "own"
    archive = bed / f"release-{name}.tar"
    if archive.exists():
        return archive
    say(f"building release {number}" if number else "packing this release")
    tree, build = TOP, None
    if number:
        tree, build = bed / f"tree-{name}", "build"
        shutil.copytree(TOP, tree, ignore=shutil.ignore_patterns("build", ".git"), symlinks=True)
        header = tree / "kmod/version.h"
        header.write_text(re.sub(r'(BATON_RELEASE) ".*"', rf'\1 "{number}"', header.read_text()))
    stage = bed / f"stage-{name}"
    _install(stage, kver(image), tree, build)
    _Files(stage).pack(archive)
    shutil.rmtree(stage)
    return archive


def prepare(bed, image, software):
    """Leave dir1.tar, dir2.tar, the ssh key and its configuration in `bed`."""
    say("installing into the guests' payload")
    version = kver(image)
    _keygen(bed / "key")
    _keygen(bed / "hostkey")
    _ssh_config(bed)
    base = bed / "stage"
    base.mkdir()
    if software == "baton":
        _install(base, version)
        _module_index(base, image, version)
        _wanted(base, "/usr/lib/systemd/system/baton.target")
    if software in peer.ADVERT:
        _wanted(base, "/lib/systemd/system/keepalived.service")
    secret = {"authkey": secrets.token_bytes(256), "sync": base64.b64encode(secrets.token_bytes(32)).decode() + "\n"}
    for number in (1, 2):
        stage = bed / f"stage{number}"
        shutil.copytree(base, stage, symlinks=True)
        files = _Files(stage)
        _configure(files, number, bed, secret)
        if software in peer.ADVERT:
            files.put("/etc/keepalived/keepalived.conf", peer.keepalived_conf(number, software))
        if peer.tuned(software):
            files.put("/etc/modules-load.d/ip_vs.conf", "ip_vs\n")
            files.put("/etc/sysctl.d/91-ip_vs.conf", peer.SYNC)
        files.pack(bed / f"dir{number}.tar")
        shutil.rmtree(stage)
    shutil.rmtree(base)
    (bed / "payload.mark").write_text(secrets.token_hex(8) + "\n")
