/* sfu-load: puts a known forwarding load on a WebRTC SFU on this machine and measures its cost. */
#include "engine.h"
#include "http.h"
#include "signalling.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { PEERS_MAX = 4000, PIDS_MAX = 8, LIST_MAX = 4096, WORKERS_MAX = 32 };

static struct options {
    struct signal_config sig;
    struct media_plan plan;
    int rooms, publishers, subscribers, duration, warmup, parallel, verify, rx_poll_us;
    bool mesh, insecure;
    const char *srtp, *label;
    double max_loss;
    pid_t pid[PIDS_MAX];
    int pids;
} opt = {
    .sig = { .janus_room_base = 7000, .timeout_ms = 15000 },
    .plan = { .video_kbps = 1500, .fps = 30, .video_payload = 1100, .audio_payload = 100, .mid_ext = true, .nack = true },
    .rooms = 1, .publishers = 1, .subscribers = 1, .duration = 10, .warmup = 3, .parallel = 1, .rx_poll_us = 1000,
    .srtp = "both", .label = "", .max_loss = -1,
};

static struct peer *peers[PEERS_MAX];
static int n_pubs, n_subs;                       /* publishers first in peers[] */
static struct engine *engine;
static atomic_bool interrupted;

static const char HELP[] =
"usage: sfu-load (--janus URL | --whip TEMPLATE --whep TEMPLATE) [options]\n"
"  signalling (loopback URLs only; templates may hold {room} {peer} {sub})\n"
"    --janus URL            Janus REST API, e.g. http://127.0.0.1:8088/janus (videoroom)\n"
"    --janus-room-base N    first room number (7000)    --janus-threads N  videoroom \"threads\" (0)\n"
"    --whip T --whep T      URL templates               --insecure         accept any TLS certificate\n"
"    --bearer TOKEN         may hold {room} {peer} {sub}\n"
"    --bearer-file F        line i is the token of connection i (publishers first, then subscribers)\n"
"    --room-names F         line i is the name of room i (default: its number)\n"
"    --connect-parallel N   connections set up at a time (1)\n"
"  work\n"
"    --rooms R              (1)      --publishers P     per room (1)\n"
"    --subscribers S        per publisher (1), one connection each\n"
"    --mesh                 instead: one subscriber per publisher, for all others in its room\n"
"    --video-kbps K         per publisher, 0: none (1500)   --fps N (30)   --payload B  octets per packet (1100)\n"
"    --audio-pps N          audio packets per second, 0: none (0)          --audio-bytes B  (100)\n"
"    --frame-jitter PCT     a frame's packets are up to PCT % smaller, at random (0)\n"
"    --pace US              a frame's packets leave US apart, as a browser's pacer does it (0: one burst)\n"
"    --keyframe-s N         a keyframe every N seconds (0: at the start and on request)\n"
"    --no-mid-ext --no-nack do not offer these              --pli  ask for a keyframe on the first packet\n"
"    --srtp cm|gcm|both     profiles on offer (both)\n"
"  measuring\n"
"    --pid PID[,PID...]     the server's processes          --label TEXT\n"
"    --warmup S (3)  --duration S (10)                      --verify N  subscribers that decrypt and check all (0)\n"
"    --rx-poll-us N         receive tick (1000)             --max-loss PCT  exit 3 above it     --verbose\n";

static int number(const char *name, const char *s, int lo, int hi)
{
    char *end;
    long v = strtol(s, &end, 10);
    if (*end || v < lo || v > hi) die("--%s wants a number from %d to %d", name, lo, hi);
    return (int)v;
}

static char **read_lines(const char *path, int *n)
{
    char line[2048], **list = calloc(LIST_MAX, sizeof *list);
    FILE *f = fopen(path, "r");
    if (!f || !list) die("%s: %s", path, strerror(errno));
    for (*n = 0; *n < LIST_MAX && fgets(line, sizeof line, f);) {
        line[strcspn(line, "\r\n")] = 0;
        if (*line && !(list[(*n)++] = strdup(line))) die("out of memory");
    }
    fclose(f);
    if (!*n) die("%s is empty", path);
    return list;
}

static void parse_options(int argc, char **argv)
{
    enum { JANUS = 256, BASE, JTHREADS, WHIP, WHEP, INSECURE, BEARER, BEARERS, NAMES, PARALLEL, ROOMS, PUBS, SUBS, MESH,
           KBPS, FPS, PAYLOAD, JITTER, PACE, APPS, ABYTES, KEYS, NOMID, NONACK, PLI, SRTP, PID, LABEL, WARMUP, DURATION, VERIFY, POLL,
           MAXLOSS, VERBOSE, HELPME };
    static const struct option table[] = {
        { "janus", 1, 0, JANUS }, { "janus-room-base", 1, 0, BASE }, { "janus-threads", 1, 0, JTHREADS },
        { "whip", 1, 0, WHIP }, { "whep", 1, 0, WHEP }, { "insecure", 0, 0, INSECURE }, { "bearer", 1, 0, BEARER },
        { "bearer-file", 1, 0, BEARERS }, { "room-names", 1, 0, NAMES }, { "connect-parallel", 1, 0, PARALLEL },
        { "rooms", 1, 0, ROOMS }, { "publishers", 1, 0, PUBS }, { "subscribers", 1, 0, SUBS }, { "mesh", 0, 0, MESH },
        { "video-kbps", 1, 0, KBPS }, { "fps", 1, 0, FPS }, { "payload", 1, 0, PAYLOAD },
        { "frame-jitter", 1, 0, JITTER }, { "pace", 1, 0, PACE }, { "audio-pps", 1, 0, APPS },
        { "audio-bytes", 1, 0, ABYTES }, { "keyframe-s", 1, 0, KEYS }, { "no-mid-ext", 0, 0, NOMID },
        { "no-nack", 0, 0, NONACK }, { "pli", 0, 0, PLI }, { "srtp", 1, 0, SRTP }, { "pid", 1, 0, PID },
        { "label", 1, 0, LABEL }, { "warmup", 1, 0, WARMUP }, { "duration", 1, 0, DURATION }, { "verify", 1, 0, VERIFY },
        { "rx-poll-us", 1, 0, POLL }, { "max-loss", 1, 0, MAXLOSS }, { "verbose", 0, 0, VERBOSE }, { "help", 0, 0, HELPME },
        { 0, 0, 0, 0 },
    };
    int c, names = 0, which;
    while ((c = getopt_long(argc, argv, "", table, &which)) != -1) {
        const char *name = c >= 256 ? table[which].name : "";
        switch (c) {
        case JANUS: opt.sig.janus = optarg; break;
        case BASE: opt.sig.janus_room_base = number(name, optarg, 1, 1000000000); break;
        case JTHREADS: opt.sig.janus_room_threads = number(name, optarg, 0, 64); break;
        case WHIP: opt.sig.whip = optarg; break;
        case WHEP: opt.sig.whep = optarg; break;
        case INSECURE: opt.insecure = true; break;
        case BEARER: opt.sig.bearer = calloc(1, sizeof(char *)); opt.sig.bearer[0] = optarg; opt.sig.bearers = 1; break;
        case BEARERS: opt.sig.bearer = read_lines(optarg, &opt.sig.bearers); break;
        case NAMES: opt.sig.room_name = read_lines(optarg, &names); break;
        case PARALLEL: opt.parallel = number(name, optarg, 1, WORKERS_MAX); break;
        case ROOMS: opt.rooms = number(name, optarg, 1, 1000); break;
        case PUBS: opt.publishers = number(name, optarg, 1, 1000); break;
        case SUBS: opt.subscribers = number(name, optarg, 0, PEERS_MAX); break;
        case MESH: opt.mesh = true; break;
        case KBPS: opt.plan.video_kbps = number(name, optarg, 0, 50000); break;
        case FPS: opt.plan.fps = number(name, optarg, 1, 120); break;
        case PAYLOAD: opt.plan.video_payload = number(name, optarg, 100, 1200); break;
        case JITTER: opt.plan.frame_jitter_pct = number(name, optarg, 0, 90); break;
        case PACE: opt.plan.pace_us = number(name, optarg, 0, 20000); break;
        case APPS: opt.plan.audio_pps = number(name, optarg, 0, 400); break;
        case ABYTES: opt.plan.audio_payload = number(name, optarg, 40, 1200); break;
        case KEYS: opt.plan.keyframe_s = number(name, optarg, 0, 3600); break;
        case NOMID: opt.plan.mid_ext = false; break;
        case NONACK: opt.plan.nack = false; break;
        case PLI: opt.plan.pli_at_start = true; break;
        case SRTP: opt.srtp = optarg; break;
        case PID:
            for (char *s = optarg, *save; (s = strtok_r(s, ",", &save)) && opt.pids < PIDS_MAX; s = NULL)
                opt.pid[opt.pids++] = number(name, s, 1, 1 << 30);
            break;
        case LABEL: opt.label = optarg; break;
        case WARMUP: opt.warmup = number(name, optarg, 0, 120); break;
        case DURATION: opt.duration = number(name, optarg, 1, 900); break;
        case VERIFY: opt.verify = number(name, optarg, 0, PEERS_MAX); break;
        case POLL: opt.rx_poll_us = number(name, optarg, 50, 20000); break;
        case MAXLOSS: opt.max_loss = atof(optarg); break;
        case VERBOSE: g_verbose = 1; break;
        case HELPME: fputs(HELP, stdout); exit(0);
        default: fputs(HELP, stderr); exit(2);
        }
    }
    const struct signal_config *s = &opt.sig;
    if (optind != argc || (s->janus != NULL) == (s->whip || s->whep) || (!s->janus && !(s->whip && s->whep))) {
        fputs(HELP, stderr);
        exit(2);
    }
    const char *url[] = { s->janus, s->whip, s->whep };
    for (int i = 0; i < 3; i++) {
        char sample[1024];
        if (url[i] && (!expand(sample, sizeof sample, url[i], "0", 0, 0) || !http_is_loopback(sample)))
            die("%s: only loopback addresses are measured", url[i]);
    }
    if (!opt.plan.video_kbps && !opt.plan.audio_pps) die("nothing to send");
    if (names && names < opt.rooms) die("--room-names has %d names for %d rooms", names, opt.rooms);
    if (!names) {
        opt.sig.room_name = calloc((size_t)opt.rooms, sizeof(char *));
        for (int i = 0; i < opt.rooms; i++) if (asprintf(&opt.sig.room_name[i], "%d", i) < 0) die("out of memory");
    }
    opt.sig.rooms = opt.rooms;
    opt.sig.publishers_per_room = opt.publishers;
    long per_room = opt.publishers + (opt.mesh ? opt.publishers : (long)opt.publishers * opt.subscribers);
    if (per_room * opt.rooms > PEERS_MAX) die("more than %d connections", PEERS_MAX);
    if (opt.mesh && opt.publishers < 2) die("--mesh wants at least 2 publishers a room");
    if (opt.mesh && 2 * (opt.publishers - 1) > SDP_MEDIA_MAX) die("--mesh: too many publishers a room");
}

static const char *profiles(const char *name)
{
    if (!strcmp(name, "cm")) return "SRTP_AES128_CM_SHA1_80";
    if (!strcmp(name, "gcm")) return "SRTP_AEAD_AES_128_GCM";
    if (!strcmp(name, "both")) return "SRTP_AEAD_AES_128_GCM:SRTP_AES128_CM_SHA1_80";
    die("--srtp wants cm, gcm or both");
}

/* ---- the peers ---- */

static void add_feed(struct peer *sub, struct peer *pub)
{
    struct subscriber *s = &sub->sub;
    s->feed = realloc(s->feed, (size_t)(s->feeds + 1) * sizeof *s->feed);
    if (!s->feed) die("out of memory");
    s->feed[s->feeds++] = &pub->pub;
}

static void make_peers(void)
{
    int id = 0;
    for (int r = 0; r < opt.rooms; r++)
        for (int p = 0; p < opt.publishers; p++, id++)
            peers[id] = peer_new(PUBLISHER, id, r, id, &opt.plan);
    n_pubs = id;
    for (int p = 0; p < n_pubs; p++) {
        int room = peers[p]->room, copies = opt.mesh ? 1 : opt.subscribers;
        for (int k = 0; k < copies; k++) {
            struct peer *s = peers[id] = peer_new(SUBSCRIBER, id, room, n_subs, &opt.plan);
            id++;
            n_subs++;
            if (!opt.mesh) add_feed(s, peers[p]);
            else for (int q = 0; q < n_pubs; q++) if (q != p && peers[q]->room == room) add_feed(s, peers[q]);
        }
    }
    int verify = opt.verify < n_subs ? opt.verify : n_subs;
    for (int i = 0; i < n_subs; i++) {
        struct subscriber *s = &peers[n_pubs + i]->sub;
        s->verify = (long)(i + 1) * verify / n_subs > (long)i * verify / n_subs;      /* spread evenly */
        s->tracks_max = 2 * s->feeds + 4;
        s->track = calloc((size_t)s->tracks_max, sizeof *s->track);
        s->expect = calloc((size_t)s->tracks_max, sizeof *s->expect);
        if (!s->track || !s->expect) die("out of memory");
    }
}

/* ---- set-up: signalling threads take peers one by one ---- */

static struct { struct signaller s; pthread_t t; bool up; } worker[WORKERS_MAX];
static atomic_int next_peer, failures;
static int last_peer;
static char first_failure[400];
static pthread_mutex_t failure_lock = PTHREAD_MUTEX_INITIALIZER;

static void failed(struct peer *p, const char *why)
{
    pthread_mutex_lock(&failure_lock);
    if (!failures++) snprintf(first_failure, sizeof first_failure, "%s %d: %s",
                              p->role == PUBLISHER ? "publisher" : "subscriber", p->index, why);
    pthread_mutex_unlock(&failure_lock);
    note("%s %d: %s", p->role == PUBLISHER ? "publisher" : "subscriber", p->index, why);
}

static void *connect_peers(void *arg)
{
    struct signaller *s = arg;
    for (int i; !interrupted && (i = next_peer++) < last_peer;) {
        struct peer *p = peers[i];
        p->t_start = mono_ns();
        bool ok = p->role == PUBLISHER ? s->publish(s, p) : s->subscribe(s, p);
        if (!ok) { p->state = PEER_FAILED; failed(p, s->why); continue; }
        if (!engine_connect(engine, p, opt.sig.timeout_ms)) failed(p, *p->why ? p->why : "timed out");
    }
    return NULL;
}

static void connect_range(int from, int to)
{
    next_peer = from;
    last_peer = to;
    for (int i = 0; i < opt.parallel; i++)
        if (pthread_create(&worker[i].t, NULL, connect_peers, &worker[i].s)) die("cannot start a thread");
    for (int i = 0; i < opt.parallel; i++) pthread_join(worker[i].t, NULL);
}

static void wait_s(int seconds)
{
    for (int t = 0; t < seconds * 10 && !interrupted; t++) {
        usleep(100000);
        if (t % 200 == 199) for (int i = 0; i < opt.parallel; i++) worker[i].s.keep_alive(&worker[i].s);
    }
}

/* ---- the report ---- */

struct server_cpu { double user, sys; long rss_kb; int threads; bool ok; struct machine_sample machine; };

static struct server_cpu server_cpu(void)
{
    struct server_cpu c = { .ok = opt.pids > 0, .machine = machine_read() };
    for (int i = 0; i < opt.pids; i++) {
        struct proc_sample s = proc_read(opt.pid[i]);
        c.ok &= s.ok;
        c.user += s.user_s;
        c.sys += s.sys_s;
        c.rss_kb += s.rss_kb;
        c.threads += s.threads;
    }
    return c;
}

static double own_cpu(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)u.ru_utime.tv_sec + (double)u.ru_stime.tv_sec + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static uint64_t server_drops(void)
{
    static uint16_t port[PEERS_MAX];
    int n = 0;
    for (int i = 0; i < n_pubs; i++) if (peers[i]->remote.sin_port) {
        uint16_t p = ntohs(peers[i]->remote.sin_port);
        bool seen = false;
        for (int k = 0; k < n; k++) seen |= port[k] == p;
        if (!seen) port[n++] = p;
    }
    return udp_drops(port, n);
}

static double report(const struct engine_report *r, const struct server_cpu *c0, const struct server_cpu *c1,
                     double own, uint64_t drops, bool settled)
{
    uint64_t expected = 0, dups = 0, unknown = 0, verified = 0, bad = 0, wrong = 0, gaps = 0, repeats = 0, errors = 0, dtls_repeats = 0;
    int ready = 0, silent = 0, verifiers = 0, n_setup = 0, n_first = 0, lost_later = 0;
    double worst = 0;
    static double setup[PEERS_MAX], first[PEERS_MAX];
    struct rtcp_seen asked = { 0 };
    const char *profile = "";
    for (int i = 0; i < n_pubs + n_subs; i++) {
        struct peer *p = peers[i];
        if (!p->t_ready) continue;
        ready++;
        lost_later += p->state != PEER_READY;
        profile = p->profile;
        dtls_repeats += p->dtls_repeats;
        setup[n_setup++] = (double)(p->t_ready - p->t_start) / 1e6;
        if (p->role == PUBLISHER) {
            errors += p->pub.send_errors;
            asked.pli += p->pub.asked.pli; asked.fir += p->pub.asked.fir; asked.nack += p->pub.asked.nack;
            asked.remb += p->pub.asked.remb; asked.twcc += p->pub.asked.twcc;
            continue;
        }
        struct subscriber *s = &p->sub;
        uint64_t want = 0, got = subscriber_unique(s) - s->mark_unique;
        for (int f = 0; f < s->feeds; f++) want += publisher_sent(s->feed[f]) - s->feed[f]->mark_sent;
        expected += want;
        double loss = want ? 100.0 * (1.0 - (double)got / (double)want) : 0;
        if (loss > worst) worst = loss;
        dups += subscriber_dups(s);
        unknown += s->unknown;
        if (s->t_first_rtp) first[n_first++] = (double)(s->t_first_rtp - p->t_start) / 1e6; else silent++;
        if (s->verify) {
            verifiers++;
            verified += s->verified; bad += s->bad; wrong += s->wrong_source; gaps += s->gaps; repeats += s->repeats;
        }
    }
    double loss = expected ? 100.0 * (1.0 - (double)r->received / (double)expected) : 0;
    double span = r->last_rx_ns > r->first_ns ? (double)(r->last_rx_ns - r->first_ns) / 1e9 : opt.duration;
    double cpu = c1->user + c1->sys - c0->user - c0->sys;
    double tool_packets = (double)(r->sent + r->received);
    double late99 = hist_pct(&r->late, 99);
    uint64_t lost = expected > r->received ? expected - r->received : 0;
    const char *limit = !expected ? "nothing sent" : loss <= 0.5 ? "none" : r->kernel_drops * 2 > lost || r->cpu_s / span > 0.9 ? "tool" : "server";
    double pps_video = opt.plan.fps * ceil(opt.plan.video_kbps * 125.0 / opt.plan.fps / opt.plan.video_payload);
    double nominal = n_pubs * (pps_video + opt.plan.audio_pps) * opt.duration;

    struct text t = { 0 };
    text_add(&t, "{\"label\":");
    text_json(&t, opt.label);
    text_add(&t, ",\"driver\":\"%s\",\"rooms\":%d,\"publishers\":%d,\"subscribers\":%d,\"connected\":%d,\"failed\":%d,"
             "\"closed_early\":%d,\"silent_subscribers\":%d,\"srtp\":\"%s\",\"video_kbps\":%d,\"audio_pps\":%d,\"seconds\":%.3f,\"interrupted\":%s,\"settled\":%s",
             opt.sig.janus ? "janus" : "whip", opt.rooms, n_pubs, n_subs, ready, (int)failures, lost_later, silent, profile,
             opt.plan.video_kbps, opt.plan.audio_pps, span,
             interrupted ? "true" : "false", settled ? "true" : "false");
    text_add(&t, ",\"sent\":%llu,\"sent_of_nominal_pct\":%.1f,\"expected\":%llu,\"received\":%llu,\"loss_pct\":%.3f,\"worst_subscriber_loss_pct\":%.3f,"
             "\"missing_in_sequence\":%llu,\"duplicates\":%llu,\"unknown_rtp\":%llu,\"pps_out\":%.0f,\"mbit_out\":%.2f",
             (unsigned long long)r->sent, 100.0 * (double)r->sent / nominal, (unsigned long long)expected, (unsigned long long)r->received, loss, worst,
             (unsigned long long)r->missing, (unsigned long long)dups, (unsigned long long)unknown,
             (double)r->received / span, (double)r->octets * 8 / span / 1e6);
    if (c0->ok && c1->ok)
        text_add(&t, ",\"server\":{\"cpu_s\":%.2f,\"user_s\":%.2f,\"sys_s\":%.2f,\"cores\":%.3f,\"us_per_packet\":%.2f,"
                 "\"packets_per_core_s\":%.0f,\"rss_kb\":%ld,\"threads\":%d,\"rx_drops\":%llu}",
                 cpu, c1->user - c0->user, c1->sys - c0->sys, cpu / span, r->received ? cpu * 1e6 / (double)r->received : 0,
                 cpu > 0 ? (double)r->received / cpu : 0, c1->rss_kb, c1->threads, (unsigned long long)drops);
    text_add(&t, ",\"tool\":{\"cpu_s\":%.2f,\"cores\":%.3f,\"us_per_packet\":%.2f,\"late_us_p50\":%.0f,\"late_us_p99\":%.0f,"
             "\"kernel_drops\":%llu,\"send_errors\":%llu}",
             own, r->cpu_s / span, tool_packets > 0 ? r->cpu_s * 1e6 / tool_packets : 0,
             hist_pct(&r->late, 50), late99, (unsigned long long)r->kernel_drops, (unsigned long long)errors);
    text_add(&t, ",\"machine\":{\"cores\":%ld,\"others_cores\":%.2f,\"steal_cores\":%.2f}", sysconf(_SC_NPROCESSORS_ONLN),
             (c1->machine.busy_s - c0->machine.busy_s - own - (c0->ok && c1->ok ? cpu : 0)) / span,
             (c1->machine.steal_s - c0->machine.steal_s) / span);
    text_add(&t, ",\"setup_ms\":{\"p50\":%.1f,\"p99\":%.1f,\"dtls_retransmits\":%llu},\"first_packet_ms\":{\"p50\":%.1f,\"p99\":%.1f}",
             sorted_pct(setup, n_setup, 50), sorted_pct(setup, n_setup, 99), (unsigned long long)dtls_repeats,
             sorted_pct(first, n_first, 50), sorted_pct(first, n_first, 99));
    if (verifiers)
        text_add(&t, ",\"latency_us\":{\"n\":%llu,\"p50\":%.0f,\"p99\":%.0f,\"max\":%llu},\"verify\":{\"subscribers\":%d,"
                 "\"good\":%llu,\"bad\":%llu,\"wrong_source\":%llu,\"gaps\":%llu,\"repeats\":%llu}",
                 (unsigned long long)g_latency.n, hist_pct(&g_latency, 50), hist_pct(&g_latency, 99),
                 (unsigned long long)g_latency.max, verifiers, (unsigned long long)verified, (unsigned long long)bad,
                 (unsigned long long)wrong, (unsigned long long)gaps, (unsigned long long)repeats);
    text_add(&t, ",\"feedback\":{\"pli\":%d,\"fir\":%d,\"nack\":%d,\"remb\":%d,\"twcc\":%d},\"bottleneck\":\"%s\"",
             asked.pli, asked.fir, asked.nack, asked.remb, asked.twcc, limit);
    if (failures) { text_add(&t, ",\"first_failure\":"); text_json(&t, first_failure); }
    text_add(&t, "}\n");
    fputs(t.s, stdout);
    fflush(stdout);
    text_free(&t);
    return loss;
}

static void on_signal(int sig)
{
    if (sig != SIGALRM) { interrupted = true; return; }
    static const char msg[] = "sfu-load: took far too long, giving up\n";
    if (write(2, msg, sizeof msg - 1) < 0) { }
    _exit(4);
}

int main(int argc, char **argv)
{
    parse_options(argc, argv);
    signal(SIGALRM, on_signal);
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    signal(SIGPIPE, SIG_IGN);
    struct rlimit files = { PEERS_MAX + 200, PEERS_MAX + 200 };
    if (setrlimit(RLIMIT_NOFILE, &files)) note("setrlimit: %s", strerror(errno));
    http_global_init(opt.insecure);
    dtls_global_init(profiles(opt.srtp));
    make_peers();
    alarm((unsigned)(120 + opt.warmup + opt.duration + 2 * (n_pubs + n_subs) / opt.parallel));
    engine = engine_start(n_pubs + n_subs, (uint64_t)opt.rx_poll_us);

    int rc = 0;
    for (int i = 0; i < opt.parallel; i++) {
        struct signaller *s = &worker[i].s;
        if (!(opt.sig.janus ? signal_janus(s, &opt.sig) : signal_whip(s, &opt.sig))) die("signalling: %s", s->why);
    }
    struct signaller *main_signaller = &worker[0].s;
    for (int r = 0; r < opt.rooms; r++) if (!main_signaller->make_room(main_signaller, r)) die("room: %s", main_signaller->why);
    connect_range(0, n_pubs);
    note("%d publishers, %d failures", n_pubs, (int)failures);
    connect_range(n_pubs, n_pubs + n_subs);
    note("%d subscribers, %d failures", n_subs, (int)failures);
    wait_s(opt.warmup);

    /* Nothing is in flight at either end of the window, so every packet and all its cost is inside it. */
    struct engine_report r;
    bool settled = engine_quiesce(engine, 150, 10000);
    struct server_cpu c0 = server_cpu();
    uint64_t drops = server_drops();
    double own = own_cpu();
    engine_window_start(engine);
    wait_s(opt.duration);
    settled &= engine_quiesce(engine, 300, 10000);
    struct server_cpu c1 = server_cpu();
    own = own_cpu() - own;
    drops = server_drops() - drops;
    engine_window_end(engine, &r);

    double loss = report(&r, &c0, &c1, own, drops, settled);
    engine_stop(engine);
    for (int i = 0; i < opt.rooms; i++) main_signaller->drop_room(main_signaller, i);
    for (int i = 0; i < opt.parallel; i++) worker[i].s.close(&worker[i].s);
    if (opt.max_loss >= 0 && loss > opt.max_loss) rc = 3;
    if (failures) rc = 1;
    for (int i = 0; i < n_pubs + n_subs; i++) peer_free(peers[i]);
    engine_free(engine);
    return rc;
}
