using System.Net;
using System.Net.Http.Headers;
using Muse.SelfHostedMedia;
using Muse.SelfHostedMedia.Rehearsal;

namespace Muse.Bench.Lessons;

/// <summary>One person of a lesson: sends picture and sound by WHIP and gets the other's by WHEP, as two connections like a browser's.</summary>
internal sealed class Player : IDisposable
{
    private const uint Sound = 1;
    private const uint Picture = 2;
    private const byte SoundFormat = 111;
    private const byte PictureFormat = 96;

    private readonly RehearsingPeer _sends;
    private readonly RehearsingPeer _gets;
    private int _sounds;
    private int _pictures;

    public Player(IPEndPoint media)
    {
        _sends = new(media, SrtpProfile.AeadAes128Gcm);
        _gets = new(media, SrtpProfile.AeadAes128Gcm);
    }

    /// <summary>Sound and picture packets that it has sent.</summary>
    public long Sent => _sounds + (long)_pictures;

    /// <summary>Media packets that came and opened.</summary>
    public long Received { get; private set; }

    public async Task Publish(HttpClient http, string whip) => _sends.Connect(await Answer(http, whip, _sends.Offer("sendonly")));

    public async Task Watch(HttpClient http, string whep) => _gets.Connect(await Answer(http, whep, _gets.Offer("recvonly")));

    public void SendSound(ReadOnlySpan<byte> payload) => _sends.Send(Sound, _sounds++, SoundFormat, payload, mid: '0');

    /// <param name="frame">Packets of one picture.</param>
    public void SendPicture(ReadOnlySpan<byte> payload, int frame)
    {
        for (var i = 0; i < frame; i++)
            _sends.Send(Picture, _pictures++, PictureFormat, payload, mid: '1');
    }

    /// <summary>Takes what has come, both ways.</summary>
    /// <param name="delays">Given the microseconds since each packet was made, as its payload says.</param>
    public void Receive(Action<ReadOnlySpan<byte>> delays)
    {
        while (_gets.TryReceive(out var payload))
        {
            if (payload.IsEmpty)
                continue;
            Received++;
            delays(payload);
        }

        while (_sends.TryReceive(out _))
        {
        }
    }

    /// <summary>Says once a second that it is there and gets what is sent.</summary>
    public void Report() => _gets.ReportReception();

    public void Dispose()
    {
        _sends.Dispose();
        _gets.Dispose();
    }

    private static async Task<string> Answer(HttpClient http, string address, string offer)
    {
        using var content = new StringContent(offer, new MediaTypeHeaderValue("application/sdp"));
        using var answer = await http.PostAsync(new Uri(address), content);
        var text = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode ? text : throw new HttpRequestException($"{address} answered {(int)answer.StatusCode}: {text}");
    }
}
