using System.Net;
using Muse.SelfHostedMedia.Rooms;
using Muse.SelfHostedMedia.Rtp;

namespace Muse.SelfHostedMedia.Rehearsal;

/// <summary>A lesson of the server with itself before anybody comes: what the first real connection needs is compiled and loaded by then,
/// which would cost it 100 ms. It says no facts and leaves nothing behind but what the counters saw.</summary>
internal static class RehearsedLesson
{
    private const int Packets = 64;
    private const uint Sound = 1;
    private const uint Picture = 2;

    /// <exception cref="TimeoutException">The server does not answer itself.</exception>
    public static async Task Hold(OpenRooms rooms, MediaThread thread, IPAddress address)
    {
        var server = new IPEndPoint(address, thread.Port);
        foreach (var profile in thread.Options.SrtpProfiles)
        {
            var room = rooms.Rehearse();
            try
            {
                using var publisher = new RehearsingPeer(server, profile);
                using var subscriber = new RehearsingPeer(server, profile);
                var tutor = (await room.Join(Guid.CreateVersion7(), "", ParticipantRole.Tutor)).Value;
                publisher.Connect((await tutor.Publish(publisher.Offer("sendonly"))).Value);
                var student = (await room.Join(Guid.CreateVersion7(), "", ParticipantRole.Student)).Value;
                var tracks = room.Tracks.ToDictionary(track => track.Kind == TrackKind.Audio ? "0" : "1", track => track.Id);
                subscriber.Connect((await student.Subscribe(subscriber.Offer("recvonly"), tracks)).Value);
                Play(publisher, subscriber);
            }
            finally
            {
                await room.Close();
            }
        }
    }

    private static void Play(RehearsingPeer publisher, RehearsingPeer subscriber)
    {
        Span<byte> payload = stackalloc byte[1_000];
        payload.Clear();
        // A VP8 key frame begins (RFC 7741 §4.2), as does every packet of it here.
        payload[0] = 0x10;
        var ssrc = 0u;
        for (var i = 0; i < Packets; i++)
        {
            publisher.Send(Sound, i, 111, payload[..100], mid: '0');
            // One is missing, so that it is asked for.
            if (i != Packets / 2)
                publisher.Send(Picture, i, 96, payload, mid: '1');
        }

        // All but the missing one; on a busy machine some of it may be late.
        for (var received = 1; received < 2 * Packets && subscriber.AwaitMedia() is var media and not 0; received++)
            ssrc = media;

        Span<byte> control = stackalloc byte[64];
        subscriber.SendControl(control[..PictureLossIndication.Write(control, 1, ssrc)]);
        subscriber.SendControl(control[..GenericNack.Write(control, 1, ssrc, [1, 2, 3])]);
        publisher.SendControl(control[..new SenderReport(Picture, 1, 1, 1, 1).Write(control)]);
    }
}
