/* disk runs a program on a disk that can lose power, fill up or break.
 *
 *   disk KEY=VALUE … -- PROGRAM ARGUMENT …
 *
 * It watches every system call by which the program and the C library in it
 * change files below dir= (ptrace with a seccomp filter: Go makes its calls
 * without the C library, so preloading one would miss half of them) and keeps
 * what was there before until it is flushed. At the cut it kills the program and
 * puts everything back that was not flushed: contents of files that had no fsync
 * or fdatasync since, and names whose folder had no fsync since.
 *
 *   dir=PATH     the folder that is watched
 *   stash=PATH   an empty folder on the same file system, for removed files
 *   cut=N        cut at the N-th change or flush; 0: only by SIGUSR1
 *   mode=all     all that was not flushed is lost
 *   mode=half    a random half of it is, page by page: a disk writes in any order
 *   mode=none    nothing is: the program dies, and the machine goes on
 *   seed=N       of that half
 *   lie=1        flushes are answered and not done: a disk that lies
 *   faults=FILE  while this file is there, calls fail as it says:
 *                "ERRNO EVERY [PART]": with this error, every n-th change since the
 *                file is there, of files whose path contains PART. ERRNO 0 is a cut
 *
 * Exit: 75 after a cut, 77 if this machine does not let it watch, else as the
 * program's.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __aarch64__
#include <elf.h>
#endif

#define PAGE 4096

/* as the kernel writes it at a seccomp stop; the C libraries name it differently */
struct call { uint8_t op, pad[3]; uint32_t arch; uint64_t ip, sp, nr, args[6]; uint32_t data; };
#define GET_SYSCALL_INFO 0x420e
enum { EXIT_CUT = 75, EXIT_CANNOT = 77 };

static const char *dir = "", *stash = "", *faults = "";
static long cut_at, events, failing_events, stashed;
static int half, none, lie;
static volatile sig_atomic_t cut_now;
static pid_t child;

/* what one write replaced */
struct old { off_t at; size_t len; char *bytes; int shrunk; struct old *next; };
/* a file with changes that are not flushed */
struct file { dev_t dev; ino_t ino; int fd; off_t size; struct old *olds; long count; struct file *next; };
static struct file *files;
/* a name that was made, removed or changed, and not flushed */
enum what { MADE, REMOVED, RENAMED };
struct name { enum what what; char *path, *to, *kept; struct name *next; };
static struct name *names;

static void *must(void *p) { if (!p) { perror("disk"); _exit(1); } return p; }

static int watched(const char *path) {
	size_t n = strlen(dir), l = strlen(path);
	return !strncmp(path, dir, n) && path[n] == '/' && (l < 10 || strcmp(path + l - 10, " (deleted)"));
}

/* Side files that nobody needs after a power cut, and the trial's own. */
static int lasting(const char *path) {
	static const char *not[] = {"-shm", ".lock", ".sock", ".json", ".jsonl", 0};
	for (int i = 0; not[i]; i++) {
		size_t n = strlen(not[i]), l = strlen(path);
		if (l >= n && !strcmp(path + l - n, not[i])) return 0;
	}
	return 1;
}

static int path_of_fd(pid_t tid, int fd, char *out) {
	char link[64];
	if (fd == AT_FDCWD) snprintf(link, sizeof link, "/proc/%d/cwd", tid);
	else snprintf(link, sizeof link, "/proc/%d/fd/%d", tid, fd);
	ssize_t n = readlink(link, out, PATH_MAX - 1);
	if (n < 0) return 0;
	out[n] = 0;
	return 1;
}

static int path_at(pid_t tid, int fd, uint64_t address, char *out) {
	char rel[PATH_MAX] = "";
	struct iovec to = {rel, sizeof rel - 1}, from = {(void *)address, sizeof rel - 1};
	if (process_vm_readv(tid, &to, 1, &from, 1, 0) < 0) { /* the string may end at the end of a page */
		to.iov_len = from.iov_len = PAGE - address % PAGE;
		if (process_vm_readv(tid, &to, 1, &from, 1, 0) < 0) return 0;
	}
	if (rel[0] == '/') { strcpy(out, rel); return 1; }
	if (!path_of_fd(tid, fd, out)) return 0;
	if (strlen(out) + strlen(rel) + 2 > PATH_MAX) return 0;
	strcat(out, "/");
	strcat(out, rel);
	return 1;
}

static struct file *file_of(pid_t tid, int fd) {
	char link[64];
	struct stat st;
	snprintf(link, sizeof link, "/proc/%d/fd/%d", tid, fd);
	if (stat(link, &st)) return 0;
	for (struct file *f = files; f; f = f->next)
		if (f->dev == st.st_dev && f->ino == st.st_ino) return f;
	struct file *f = must(calloc(1, sizeof *f));
	f->dev = st.st_dev, f->ino = st.st_ino, f->size = st.st_size;
	f->fd = open(link, O_RDWR);
	if (f->fd < 0) { perror("disk: open what the program writes"); _exit(1); }
	f->next = files;
	return files = f;
}

static void keep_old(struct file *f, off_t at, size_t len, int shrunk) {
	struct old *o = must(calloc(1, sizeof *o));
	o->at = at, o->len = len, o->shrunk = shrunk;
	o->bytes = must(calloc(1, len ? len : 1)); /* past the end: zeros */
	if (pread(f->fd, o->bytes, len, at) < 0) { perror("disk: read what is replaced"); _exit(1); }
	o->next = f->olds, f->olds = o, f->count++;
}

static void flushed(struct file *f) {
	struct stat st;
	while (f->olds) {
		struct old *o = f->olds;
		f->olds = o->next;
		free(o->bytes);
		free(o);
	}
	f->count = 0;
	if (!fstat(f->fd, &st)) f->size = st.st_size;
}

static char *keep_file(const char *path) {
	char to[PATH_MAX];
	snprintf(to, sizeof to, "%s/%ld", stash, ++stashed);
	return link(path, to) ? 0 : must(strdup(to));
}

static void keep_name(enum what what, const char *path, const char *to) {
	struct name *n = must(calloc(1, sizeof *n));
	n->what = what, n->path = must(strdup(path));
	if (what == REMOVED) n->kept = keep_file(path);
	if (what == RENAMED) n->to = must(strdup(to)), n->kept = keep_file(to);
	n->next = names, names = n;
}

static int in_folder(const char *path, const char *folder) {
	size_t n = strlen(folder);
	return !strncmp(path, folder, n) && path[n] == '/' && !strchr(path + n + 1, '/');
}

static void flushed_folder(const char *folder) {
	for (struct name **at = &names; *at;) {
		struct name *n = *at;
		if (!in_folder(n->path, folder)) { at = &n->next; continue; }
		*at = n->next;
		if (n->kept) unlink(n->kept), free(n->kept);
		free(n->path), free(n->to), free(n);
	}
}

/* ---- the cut */

struct page { off_t number; int kept; struct page *next; };
static struct page *pages[1024];

static int page_kept(off_t number) { /* once kept, what is older on the page stays replaced */
	struct page **at = &pages[number & 1023], *p = *at;
	while (p && p->number != number) p = p->next;
	if (!p) {
		p = must(calloc(1, sizeof *p));
		p->number = number, p->kept = random() % 2, p->next = *at, *at = p;
	} else if (!p->kept) p->kept = random() % 5 == 0;
	return p->kept;
}

static void put_back(struct file *f) {
	off_t end = f->size;
	memset(pages, 0, sizeof pages);
	for (struct old *o = f->olds; o; o = o->next)
		for (size_t done = 0; done < o->len;) {
			off_t at = o->at + done;
			size_t n = PAGE - at % PAGE;
			if (n > o->len - done) n = o->len - done;
			if (half && !o->shrunk && page_kept(at / PAGE)) {
				if (at + (off_t)n > end) end = at + n;
			} else if (pwrite(f->fd, o->bytes + done, n, at) != (ssize_t)n) perror("disk: put back");
			done += n;
		}
	if (ftruncate(f->fd, end)) perror("disk: put back the length");
}

static void put_back_name(struct name *n) {
	if (n->what == MADE) unlink(n->path);
	if (n->what == RENAMED && rename(n->to, n->path) && errno != ENOENT) perror("disk: put back a name");
	if (n->kept && link(n->kept, n->what == RENAMED ? n->to : n->path) && errno != EEXIST) perror("disk: put back a file");
}

static void cut(void) {
	long writes = 0, made = 0;
	kill(child, SIGKILL);
	while (waitpid(-1, 0, __WALL) > 0) {}
	for (struct file *f = files; f && !none; f = f->next)
		if (f->olds) writes += f->count, put_back(f);
	for (struct name *n = names; n && !none; n = n->next) {
		if (half && random() % 2) break; /* a journal keeps names in order */
		made++, put_back_name(n);
	}
	fprintf(stderr, "disk: cut after %ld changes: %ld writes and %ld names were not flushed\n", events, writes, made);
	exit(EXIT_CUT);
}

/* ---- the calls */

static int fault(const char *path, int flush) {
	char line[256] = "", part[256] = "";
	int number = 0, fd = *faults ? open(faults, O_RDONLY) : -1;
	long every = 1;
	if (fd < 0) return failing_events = 0;
	ssize_t n = read(fd, line, sizeof line - 1);
	close(fd);
	if (n <= 0 || sscanf(line, "%d %ld %255s", &number, &every, part) < 2 || every < 1) return 0;
	if (flush && number == ENOSPC) return 0; /* a full disk can flush */
	if (*part && !strstr(path, part)) return 0;
	if (++failing_events % every) return 0;
	if (!number) cut();
	return number;
}

static void answer(pid_t tid, int number) {
#if defined __x86_64__
	struct user_regs_struct r;
	if (ptrace(PTRACE_GETREGS, tid, 0, &r)) return;
	r.orig_rax = -1, r.rax = -number;
	ptrace(PTRACE_SETREGS, tid, 0, &r);
#elif defined __aarch64__
	struct user_regs_struct r;
	int none = -1;
	struct iovec regs = {&r, sizeof r}, call = {&none, sizeof none};
	if (ptrace(PTRACE_GETREGSET, tid, NT_PRSTATUS, &regs)) return;
	r.regs[0] = -number;
	ptrace(PTRACE_SETREGSET, tid, NT_PRSTATUS, &regs);
	ptrace(PTRACE_SETREGSET, tid, NT_ARM_SYSTEM_CALL, &call);
#else
#error "disk knows the registers of x86-64 and arm64"
#endif
}

/* Each of these looks at one call before it happens and returns the error to
 * answer it with, 0 to let it pass. */
static int counted(const char *path, int flush) {
	int number = fault(path, flush);
	if (number) return number;
	events++;
	if (cut_at && events >= cut_at) cut();
	return 0;
}

static int on_write(pid_t tid, int fd, int positioned, off_t at, size_t len) {
	char path[PATH_MAX], info[64], line[256];
	int flags = 0, number;
	if (!path_of_fd(tid, fd, path) || !watched(path)) return 0;
	if ((number = counted(path, 0))) return number;
	if (!lasting(path)) return 0;
	struct file *f = file_of(tid, fd);
	if (!f) return 0;
	if (!positioned) {
		long long pos = 0;
		snprintf(info, sizeof info, "/proc/%d/fdinfo/%d", tid, fd);
		FILE *in = must(fopen(info, "r"));
		while (fgets(line, sizeof line, in)) sscanf(line, "pos: %lld", &pos), sscanf(line, "flags: %o", (unsigned *)&flags);
		fclose(in);
		struct stat st;
		at = flags & O_APPEND && !fstat(f->fd, &st) ? st.st_size : pos;
	}
	keep_old(f, at, len, 0);
	return 0;
}

static int on_length(pid_t tid, int fd, off_t len) {
	char path[PATH_MAX];
	struct stat st;
	int number;
	if (!path_of_fd(tid, fd, path) || !watched(path)) return 0;
	if ((number = counted(path, 0))) return number;
	struct file *f = lasting(path) ? file_of(tid, fd) : 0;
	if (!f || fstat(f->fd, &st)) return 0;
	keep_old(f, len < st.st_size ? len : st.st_size, len < st.st_size ? st.st_size - len : 0, 1);
	return 0;
}

static int on_flush(pid_t tid, int fd) {
	char path[PATH_MAX];
	struct stat st;
	int number;
	if (!path_of_fd(tid, fd, path) || !(watched(path) || !strcmp(path, dir))) return 0;
	if ((number = counted(path, 1))) return number;
	if (lie || stat(path, &st)) return 0;
	if (S_ISDIR(st.st_mode)) flushed_folder(path);
	else if (lasting(path)) flushed(file_of(tid, fd));
	return 0;
}

static int on_name(enum what what, const char *path, const char *to) {
	int number;
	if (!watched(path)) return 0;
	if ((number = counted(path, what == REMOVED))) return number;
	if (lasting(path) && (!to || lasting(to))) keep_name(what, path, to);
	return 0;
}

static int on_open(pid_t tid, int at, uint64_t address, uint64_t flags) {
	char path[PATH_MAX];
	struct stat st;
	if (!(flags & O_CREAT) || !path_at(tid, at, address, path) || !lstat(path, &st)) return 0;
	return on_name(MADE, path, 0);
}

static int on_remove(pid_t tid, int at, uint64_t address) {
	char path[PATH_MAX];
	return path_at(tid, at, address, path) ? on_name(REMOVED, path, 0) : 0;
}

static int on_two(enum what what, pid_t tid, int at, uint64_t from, int at2, uint64_t into) {
	char path[PATH_MAX], to[PATH_MAX];
	if (!path_at(tid, at, from, path) || !path_at(tid, at2, into, to)) return 0;
	return what == RENAMED ? on_name(RENAMED, path, to) : on_name(MADE, to, 0);
}

static const int calls[] = {
	SYS_write, SYS_pwrite64, SYS_ftruncate, SYS_fallocate, SYS_fsync, SYS_fdatasync, SYS_openat, SYS_unlinkat, SYS_renameat, SYS_renameat2, SYS_linkat,
#ifdef __x86_64__
	SYS_open, SYS_unlink, SYS_rename, SYS_link,
#endif
};

static int on_call(pid_t tid, uint64_t nr, const uint64_t *a) {
	switch (nr) {
	case SYS_write: return on_write(tid, a[0], 0, 0, a[2]);
	case SYS_pwrite64: return on_write(tid, a[0], 1, a[3], a[2]);
	case SYS_ftruncate: return on_length(tid, a[0], a[1]);
	case SYS_fallocate: return on_length(tid, a[0], a[2] + a[3]);
	case SYS_fsync: case SYS_fdatasync: return on_flush(tid, a[0]);
	case SYS_openat: return on_open(tid, a[0], a[1], a[2]);
	case SYS_unlinkat: return on_remove(tid, a[0], a[1]);
	case SYS_renameat: case SYS_renameat2: return on_two(RENAMED, tid, a[0], a[1], a[2], a[3]);
	case SYS_linkat: return on_two(MADE, tid, a[0], a[1], a[2], a[3]);
#ifdef __x86_64__
	case SYS_open: return on_open(tid, AT_FDCWD, a[0], a[1]);
	case SYS_unlink: return on_remove(tid, AT_FDCWD, a[0]);
	case SYS_rename: return on_two(RENAMED, tid, AT_FDCWD, a[0], AT_FDCWD, a[1]);
	case SYS_link: return on_two(MADE, tid, AT_FDCWD, a[0], AT_FDCWD, a[1]);
#endif
	}
	return 0;
}

/* ---- watching */

static void be_watched(char **program) {
	enum { N = sizeof calls / sizeof *calls };
	struct sock_filter code[N + 3] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))};
	for (int i = 0; i < N; i++) code[i + 1] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, calls[i], N - i, 0);
	code[N + 1] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	code[N + 2] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE);
	struct sock_fprog filter = {N + 3, code};
	if (ptrace(PTRACE_TRACEME, 0, 0, 0)) _exit(EXIT_CANNOT);
	raise(SIGSTOP);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter)) _exit(EXIT_CANNOT);
	execvp(program[0], program);
	perror("disk: start the program");
	_exit(127);
}

static void watch(void) {
	for (;;) {
		int status;
		pid_t tid = waitpid(-1, &status, __WALL);
		if (cut_now) cut();
		if (tid < 0) { if (errno == EINTR) continue; perror("disk: wait"); exit(1); }
		if (WIFEXITED(status) || WIFSIGNALED(status)) {
			if (tid == child) exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
			continue;
		}
		int sig = WSTOPSIG(status), event = status >> 16;
		if (event == PTRACE_EVENT_SECCOMP) {
			struct call c;
			int number = ptrace(GET_SYSCALL_INFO, tid, sizeof c, &c) > 0 ? on_call(tid, c.nr, c.args) : 0;
			if (number) answer(tid, number);
		}
		ptrace(PTRACE_CONT, tid, 0, event || sig == SIGSTOP ? 0 : sig); /* a thread begins with SIGSTOP */
	}
}

static void on_cut(int sig) { (void)sig; cut_now = 1; }
static void pass_on(int sig) { kill(child, sig); }

static void setting(const char *word) {
	const char *v = strchr(word, '=');
	if (!v) { fprintf(stderr, "disk: %s is no setting\n", word); exit(2); }
	v++;
#define IS(key) !strncmp(word, key "=", sizeof key)
	if (IS("dir")) { dir = realpath(v, 0); if (!dir) { perror(v); exit(2); } }
	else if (IS("stash")) stash = v;
	else if (IS("cut")) cut_at = atol(v);
	else if (IS("mode")) half = !strcmp(v, "half"), none = !strcmp(v, "none");
	else if (IS("seed")) srandom(atol(v));
	else if (IS("lie")) lie = atoi(v);
	else if (IS("faults")) faults = v;
	else { fprintf(stderr, "disk: %s is no setting\n", word); exit(2); }
}

int main(int argc, char **argv) {
	int i = 1, status;
	for (; i < argc && strcmp(argv[i], "--"); i++) setting(argv[i]);
	if (i + 1 >= argc) { fprintf(stderr, "disk: no program\n"); return 2; }
	if (!(child = fork())) be_watched(argv + i + 1);
	if (child < 0 || waitpid(child, &status, 0) < 0) return perror("disk: start"), 1;
	if (!WIFSTOPPED(status)) return EXIT_CANNOT;
	if (ptrace(PTRACE_SETOPTIONS, child, 0, PTRACE_O_TRACESECCOMP | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL))
		return EXIT_CANNOT;
	struct sigaction on = {.sa_handler = on_cut}, pass = {.sa_handler = pass_on};
	sigaction(SIGUSR1, &on, 0);
	sigaction(SIGTERM, &pass, 0);
	sigaction(SIGINT, &pass, 0);
	ptrace(PTRACE_CONT, child, 0, 0);
	watch();
}
