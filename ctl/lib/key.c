// SPDX-License-Identifier: GPL-2.0-or-later
#include "key.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "err.h"

#define VARIANT sodium_base64_VARIANT_ORIGINAL
#define TEXT	sodium_base64_ENCODED_LEN(BATON_KEY_BYTES, VARIANT)	/* with the zero */

/*
 * @own: bits that nobody but the owner may have. systemd gives a credential to a service's user
 * by an access list, and the mode then shows that list's mask as if it were the group's.
 */
static int check_file(int fd, const char *path, mode_t own, char *err, size_t err_size)
{
	struct stat st;

	if (fstat(fd, &st))
		return baton_err_set(err, err_size, -errno, "cannot read the key file %s: %s",
				     path, baton_err_text(errno));
	if (!S_ISREG(st.st_mode))
		return baton_err_set(err, err_size, -EINVAL, "the key file %s is not a file",
				     path);
	if (st.st_mode & own)
		return baton_err_set(err, err_size, -EPERM,
				     "the key file %s is open to group or others (mode %04o); run 'chmod 600 %s' and, if others could log in, make a new key",
				     path, st.st_mode & 07777, path);
	return 0;
}

/* libsodium 1.0.18 takes some bytes above 127 for digits: only what it would write itself is a key. */
static int decode(char *text, uint8_t key[BATON_KEY_BYTES])
{
	uint8_t bytes[BATON_KEY_BYTES];
	char again[TEXT];
	size_t len = 0;
	int ret;

	text[strcspn(text, "\n")] = '\0';
	ret = sodium_base642bin(bytes, sizeof(bytes), text, strlen(text), NULL, &len, NULL,
				VARIANT);
	if (!ret && len == sizeof(bytes) &&
	    !strcmp(sodium_bin2base64(again, sizeof(again), bytes, sizeof(bytes), VARIANT), text))
		memcpy(key, bytes, sizeof(bytes));
	else
		ret = -EINVAL;
	explicit_bzero(bytes, sizeof(bytes));
	explicit_bzero(again, sizeof(again));
	return ret;
}

static int load(const char *path, mode_t own, uint8_t key[BATON_KEY_BYTES], char *err,
		size_t err_size)
{
	char text[TEXT + 2];		/* one more than fits: a longer file is seen */
	ssize_t len;
	int fd, ret;

	/* O_NONBLOCK: a named pipe in its place must not stop us. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 && errno == ENOENT)
		return baton_err_set(err, err_size, -ENOENT,
				     "there is no key file %s; make one with 'batonctl sync genkey' on one node and copy it to the other",
				     path);
	if (fd < 0)
		return baton_err_set(err, err_size, -errno, "cannot open the key file %s: %s",
				     path, baton_err_text(errno));
	ret = check_file(fd, path, own, err, err_size);
	if (ret) {
		close(fd);
		return ret;
	}
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[len > 0 ? len : 0] = '\0';
	/* The newline at the end, and nothing after it. */
	if ((len == (ssize_t)TEXT && text[TEXT - 1] == '\n') || len == (ssize_t)TEXT - 1)
		ret = decode(text, key);
	else
		ret = -EINVAL;
	explicit_bzero(text, sizeof(text));
	if (ret)
		return baton_err_set(err, err_size, ret,
				     "the key file %s is not one line with 32 bytes in base64; make a key with 'batonctl sync genkey'",
				     path);
	return 0;
}

int baton_key_load(const char *path, uint8_t key[BATON_KEY_BYTES], char *err, size_t err_size)
{
	const char *name = path + strlen(BATON_KEY_CREDENTIAL), *dir;
	char file[PATH_MAX];

	if (strncmp(path, BATON_KEY_CREDENTIAL, strlen(BATON_KEY_CREDENTIAL)) != 0)
		return load(path, 077, key, err, err_size);
	dir = secure_getenv("CREDENTIALS_DIRECTORY");
	if (!dir || snprintf(file, sizeof(file), "%s/%s", dir, name) >= (int)sizeof(file))
		return baton_err_set(err, err_size, -ENOENT,
				     "there is no credential '%s': systemd gives none here; put 'LoadCredential=%s:FILE' into the service",
				     name, name);
	return load(file, 037, key, err, err_size);
}

static int write_key(int fd)
{
	uint8_t key[BATON_KEY_BYTES];
	char text[TEXT + 1];
	int ret = 0;

	randombytes_buf(key, sizeof(key));
	sodium_bin2base64(text, TEXT, key, sizeof(key), VARIANT);
	text[TEXT - 1] = '\n';
	errno = 0;
	if (write(fd, text, TEXT) != (ssize_t)TEXT || fsync(fd))
		ret = errno ? -errno : -EIO;
	explicit_bzero(key, sizeof(key));
	explicit_bzero(text, sizeof(text));
	return ret;
}

/* The daemon that reads the key runs as its own user; root makes keys before it starts. */
static int give_to_daemon(int fd)
{
	const struct passwd *pw = geteuid() ? NULL : getpwnam(BATON_KEY_OWNER);

	return pw && fchown(fd, pw->pw_uid, pw->pw_gid) ? -errno : 0;
}

int baton_key_generate(const char *path, char *err, size_t err_size)
{
	int fd, ret;

	if (sodium_init() < 0)
		return baton_err_set(err, err_size, -EIO, "no source of random numbers");
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 && errno == EEXIST)
		return baton_err_set(err, err_size, -EEXIST,
				     "%s exists and is not overwritten; to replace the key remove the file on both nodes first",
				     path);
	if (fd < 0)
		return baton_err_set(err, err_size, -errno, "cannot create %s: %s", path,
				     errno == ENOENT ? "its directory does not exist" :
				     baton_err_text(errno));
	ret = fchmod(fd, 0600) ? -errno : 0;
	if (!ret)
		ret = write_key(fd);
	if (!ret)
		ret = give_to_daemon(fd);
	if (close(fd) && !ret)
		ret = -errno;
	if (ret) {
		unlink(path);
		return baton_err_set(err, err_size, ret, "cannot write %s: %s", path,
				     baton_err_text(ret));
	}
	return 0;
}
