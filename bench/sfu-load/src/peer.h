/* peer.h - one peer connection: UDP socket, ICE, DTLS, SRTP, and what it sends or counts.
 *
 * The signalling thread makes a peer and its SDP, then hands it to the engine (engine_add);
 * from there on only the engine thread touches it, except for the atomic state. */
#ifndef SFU_LOAD_PEER_H
#define SFU_LOAD_PEER_H

#include "dtls.h"
#include "rtp.h"
#include "sdp.h"
#include "util.h"

#include <netinet/in.h>
#include <stdatomic.h>

enum peer_role { PUBLISHER, SUBSCRIBER };
enum peer_state { PEER_NEW, PEER_CHECKING, PEER_HANDSHAKE, PEER_READY, PEER_FAILED, PEER_CLOSED };

struct media_plan {                 /* what every publisher sends; what every subscriber asks for */
    int  video_kbps, fps, video_payload, audio_payload;
    int  frame_jitter_pct, pace_us; /* packets up to so much smaller; gap between a frame's packets, 0: one burst */
    int  audio_pps;                 /* 0: none */
    int  keyframe_s;                /* 0: first frame and on request only */
    bool mid_ext, nack, pli_at_start;
};

struct publisher {
    struct rtp_source src[2];
    int  n;
    double debt;                    /* octets of video owed */
    int    left;                    /* octets of the frame under way that are still to be sent */
    bool   left_key, left_first;
    bool want_key;
    uint64_t last_key_ns, send_errors;
    uint32_t ts0[2];
    struct rtcp_seen asked;         /* feedback that the server sent */
    uint64_t mark_sent;             /* sent, at the start of the window */
};

struct subscriber {
    int  feeds;                     /* publishers it is subscribed to */
    struct publisher **feed;
    struct rtp_track *track;
    int  tracks, tracks_max;
    uint64_t unknown;               /* RTP of no negotiated payload type, or of too many SSRCs */
    uint64_t octets;
    bool verify;
    uint64_t verified, bad, wrong_source, gaps, repeats;
    struct { uint16_t publisher; char kind; uint64_t next; } *expect;
    int  expects;
    uint64_t mark_unique, mark_missing, mark_octets;    /* at the start of the window */
    uint64_t t_first_rtp;
    bool pli_sent;
};

struct peer {
    enum peer_role role;
    int  id, room, index;                       /* index of the publisher, or of the subscriber */
    _Atomic enum peer_state state;
    char why[80];

    int  fd;
    struct sockaddr_in local, remote;
    char ufrag[9], pwd[25], cname[17], user_out[520];
    bool controlling, dtls_client, remote_lite;
    uint64_t tiebreaker;
    uint8_t check_txid[12];
    bool pair_ok, nominated;
    uint64_t t_start, t_ready, t_consent, check_deadline, consent_sent, consent_answered;
    struct sdp remote_sdp;
    struct dtls *dtls;
    srtp_t tx, rx;
    char profile[32];
    uint32_t own_ssrc;
    uint64_t rtcp_in, dtls_in, stun_in, io_errors, dtls_repeats;
    int  kernel_drops_at_start;

    const struct media_plan *plan;
    struct hist *latency;                       /* shared; engine thread only */
    const atomic_bool *measuring;
    _Atomic uint64_t *last_media;               /* arrival of the last RTP packet at any subscriber */
    struct publisher pub;
    struct subscriber sub;
};

struct peer *peer_new(enum peer_role role, int id, int room, int index, const struct media_plan *plan);
void peer_free(struct peer *p);
/* Signalling side. */
void peer_offer(struct peer *p, struct text *sdp);
bool peer_take_answer(struct peer *p, const char *sdp);
bool peer_take_offer(struct peer *p, const char *sdp);
void peer_answer(struct peer *p, struct text *sdp);
/* Engine side. Times are CLOCK_MONOTONIC nanoseconds. */
void peer_begin(struct peer *p, uint64_t now);
void peer_input(struct peer *p, uint8_t *data, size_t have, size_t len, uint64_t arrived_wall, uint64_t now);
/* ICE and DTLS retransmission, consent. Returns the time of the next call, 0 for never. */
uint64_t peer_transport_timer(struct peer *p, uint64_t now);
void peer_rtcp_timer(struct peer *p);
/* Begins a frame: all of it, or with pacing its first packet. True while packets of it are left. */
bool peer_send_frame(struct peer *p, uint64_t now, bool paused);
bool peer_send_more(struct peer *p);
void peer_send_audio(struct peer *p, uint64_t now, bool paused);
void peer_close(struct peer *p);
uint64_t subscriber_unique(const struct subscriber *s);
uint64_t subscriber_missing(const struct subscriber *s);
uint64_t subscriber_dups(const struct subscriber *s);
uint64_t publisher_sent(const struct publisher *p);

#endif
