#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs inside the image while it is built (argument: folder with the files beside this one).
# Turns a bare Debian into a director that boots fast, and leaves /boot/vmlinuz and
# /boot/initrd for a direct kernel boot.
set -eu
files=$1
kver=$(ls /lib/modules)

passwd -q -d root
: >/etc/fstab
: >/etc/machine-id
echo 'nameserver 127.0.0.1' >/etc/resolv.conf

install -m 0755 "$files/testbed-net" /usr/local/sbin/testbed-net
install -m 0644 "$files/testbed-net.service" /etc/systemd/system/testbed-net.service
install -d /etc/systemd/journald.conf.d /etc/ssh/sshd_config.d
printf '[Journal]\nStorage=volatile\nForwardToConsole=no\nRateLimitBurst=0\n' >/etc/systemd/journald.conf.d/testbed.conf
printf 'HostKey /etc/ssh/ssh_host_ed25519_key\nPermitRootLogin prohibit-password\nUseDNS no\nUsePAM no\nMaxSessions 64\nMaxStartups 64\n' \
	>/etc/ssh/sshd_config.d/testbed.conf
rm -f /etc/ssh/ssh_host_*

# Things that only cost boot time in a throw-away machine.
for unit in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer \
	e2scrub_reap.service fstrim.timer systemd-tmpfiles-clean.timer getty@tty1.service \
	getty.target systemd-random-seed.service systemd-update-utmp.service \
	systemd-update-utmp-runlevel.service systemd-pcrphase.service systemd-pcrphase-sysinit.service \
	systemd-journal-flush.service systemd-journal-catalog-update.service systemd-binfmt.service \
	systemd-timesyncd.service systemd-networkd-wait-online.service systemd-logind.service \
	ldconfig.service systemd-hwdb-update.service systemd-machine-id-commit.service \
	systemd-firstboot.service kmod-static-nodes.service dev-hugepages.mount dev-mqueue.mount \
	sys-kernel-debug.mount sys-kernel-tracing.mount sys-fs-fuse-connections.mount \
	modprobe@fuse.service modprobe@drm.service modprobe@loop.service modprobe@dm_mod.service modprobe@configfs.service modprobe@efi_pstore.service \
	remote-fs.target systemd-ask-password-wall.path \
	systemd-ask-password-console.path; do
	ln -sf /dev/null "/etc/systemd/system/$unit"
done
printf 'blacklist %s\n' kvm kvm_amd kvm_intel ata_piix ahci sctp powernow_k8 parport_pc floppy psmouse \
	>/etc/modprobe.d/testbed.conf
echo 'install sctp /bin/false' >>/etc/modprobe.d/testbed.conf
systemctl -q enable testbed-net.service ssh.service
systemctl -q disable keepalived.service ipvsadm.service corosync-qdevice.service
systemctl -q set-default multi-user.target

# The initramfs: a static busybox, and the modules of the root disk in loading order.
work=$(mktemp -d)
mkdir -p "$work/bin" "$work/modules" "$work/proc" "$work/sys" "$work/dev" "$work/root"
install -m 0755 "$files/init" "$work/init"
install -m 0755 /bin/busybox "$work/bin/busybox"
for applet in sh mount umount grep sed cat mkdir tar insmod usleep poweroff switch_root echo; do
	ln -s busybox "$work/bin/$applet"
done
for module in virtio_pci virtio_blk virtio_net ext4 virtio_rng; do
	modprobe -S "$kver" --show-depends "$module" | sed -n 's/^insmod \([^ ]*\).*/\1/p'
done | awk '!seen[$0]++' | while read -r path; do
	cp "$path" "$work/modules/"
	basename "$path" >>"$work/modules/order"
done
(cd "$work" && find . | cpio -o -H newc --quiet) >/boot/initrd
cp "/boot/vmlinuz-$kver" /boot/vmlinuz
echo "$kver" >/boot/kver
rm -rf "$work" /boot/initrd.img* /boot/vmlinuz-* /boot/System.map-* /vmlinuz* /initrd.img*
