using Muse.SelfHostedMedia.Rooms;
using Muse.SelfHostedMedia.Rtp;
using Muse.SelfHostedMedia.Wire;

namespace Muse.SelfHostedMedia.Tests.Rooms.Forwarding;

/// <summary>Under GCM, one SSRC and index with two contents give the key away. So whatever comes, is lost, asked for, switched, silenced or comes
/// anew: what goes out again under a number goes out with the very same bytes.</summary>
public class OneContentTests
{
    private const int Steps = 400;

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 7)]
    [InlineData(3, 7)]
    public async Task No_number_goes_out_with_two_contents_whatever_happens(int seed, byte transportId)
    {
        var random = new Random(seed);
        await using var media = new MediaFixture();
        var (sender, peer) = await media.Publisher(null, "audio", "simulcast");
        var source = new Source(peer, random);
        var viewer = await media.Join();
        var player = new TestPeer { TransportId = transportId };
        var offer = StreamOffer.OfViewer(player.Offer("recvonly", "audio", "video"), media.Server.Options).Value;
        player.Connect((await viewer.Subscribe(offer.Sdp, offer.Assign(media.Room.Tracks))).Value);
        await media.HasKeys(viewer, ConnectionKind.Subscribe);
        var seen = new Dictionary<(uint Ssrc, ushort Sequence), byte[]>();

        for (var step = 0; step < Steps; step++)
        {
            switch (random.Next(20))
            {
                case < 11:
                    source.Send();
                    break;
                case < 15 when seen.Count > 0:
                    AskAgain();
                    break;
                case 15:
                    await viewer.View(media.Room.Tracks[^1].Id, random.Next(5) * 200);
                    break;
                case 16:
                    await sender.Silence(random.Next(2) == 0 ? TrackKind.Audio : TrackKind.Video, random.Next(3) == 0);
                    break;
                case 17 when step % 4 == 0:
                    await sender.Leave();
                    (sender, peer) = await media.Publisher(null, "audio", "simulcast");
                    source = new(peer, random);
                    foreach (var track in media.Room.Tracks)
                        Assert.Equal(Followed.Taken, await viewer.Follow(offer, track.Id));
                    break;
                default:
                    media.Clock.Push(TimeSpan.FromMilliseconds(random.Next(300)));
                    player.SendCheck();
                    peer.SendCheck();
                    break;
            }

            await media.HasReadWhatWasSent();
            TakeAll();
        }

        // Otherwise nothing was tried.
        Assert.InRange(seen.Count, 300, int.MaxValue);
        Assert.InRange(media.Server.Statistics.ResentPackets, 20, long.MaxValue);
        player.Dispose();

        void AskAgain()
        {
            var (ssrc, sequence) = seen.Keys.ElementAt(random.Next(seen.Count));
            var compound = new byte[64];
            player.SendRtcp(compound.AsSpan(0, GenericNack.Write(
                compound, 1, ssrc, [(ushort)(sequence - 3), sequence, (ushort)(sequence + random.Next(1, 8)), (ushort)(sequence + 20)])));
        }

        void TakeAll()
        {
            for (var length = player.ReceiveRaw(1); length > 0; length = player.ReceiveRaw(1))
            {
                var packet = player.LastRaw(length).ToArray();
                if (Datagrams.Classify(packet) != DatagramKind.Rtp || !RtpHeader.TryParse(packet, out var header))
                    continue;
                if (!seen.TryAdd((header.Ssrc, header.Sequence), packet))
                    Assert.Equal(seen[(header.Ssrc, header.Sequence)], packet);
            }
        }
    }

    /// <summary>Sound and three layers; some of it is lost, late, or comes twice.</summary>
    private sealed class Source(TestPeer peer, Random random)
    {
        private static readonly string[] Layers = ["l", "m", "h"];

        private readonly long[] _at = [.. Enumerable.Range(0, 4).Select(_ => (long)random.Next(60_000))];
        private readonly List<byte[]> _late = [];
        private int _sent;

        public void Send()
        {
            for (var burst = random.Next(1, 5); burst > 0; burst--, _sent++)
            {
                Pass(peer.Protect(1, _at[3]++, 111, (uint)_sent * 960, Noise(20), mid: "0"));
                for (var layer = 0; layer < Layers.Length; layer++)
                    Pass(peer.Protect((uint)(10 + layer), _at[layer]++, 96, (uint)_sent * 3_000, Picture(layer), mid: "1", rid: Layers[layer], marker: true));
            }

            while (_late.Count > 3)
            {
                peer.SendRaw(_late[0]);
                _late.RemoveAt(0);
            }
        }

        /// <summary>VP8 (RFC 7741 §4.2) with a picture id, all layers' own; a key frame tells its size (RFC 6386 §9.1).</summary>
        private byte[] Picture(int layer)
        {
            var (isKey, id, height) = (random.Next(6) == 0, _at[layer] & 0x7FFF, 180 << layer);
            return
            [
                0x90, 0x80, (byte)(0x80 | (id >> 8)), (byte)id, (byte)(isKey ? 0x10 : 0x11), 0, 0, 0x9D, 0x01, 0x2A,
                (byte)(height * 16 / 9), (byte)(height * 16 / 9 >> 8), (byte)height, (byte)(height >> 8), .. Noise(30),
            ];
        }

        private byte[] Noise(int length)
        {
            var noise = new byte[length];
            random.NextBytes(noise);
            return noise;
        }

        private void Pass(byte[] packet)
        {
            switch (random.Next(12))
            {
                case 0:
                    break;
                case 1:
                    _late.Add(packet);
                    break;
                case 2:
                    peer.SendRaw(packet);
                    peer.SendRaw(packet);
                    break;
                default:
                    peer.SendRaw(packet);
                    break;
            }
        }
    }
}
