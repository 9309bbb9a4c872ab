using System.Globalization;
using Muse.SelfHostedMedia.Rooms;

namespace Muse.Api.Rooms;

/// <summary>One WHIP or WHEP session. It ends by DELETE, with its media connection, with its key, or with its room.</summary>
internal sealed class WhipSession(string bearerKey, WhipRoom room, Participant media, StreamOffer offer, bool publishes, string? publisher = null) : IDisposable
{
    private int _generation = 1;

    /// <summary>Hash of the bearer that opened it: only that one may change or end it.</summary>
    public string BearerKey => bearerKey;

    public WhipRoom Room => room;

    public Participant Media => media;

    public StreamOffer Offer => offer;

    /// <summary>Is among what its viewer asked for when it began (<c>?publisher=</c>).</summary>
    public bool Wants(Guid track) => !publishes && room.Tracks(publisher).Any(each => each.Id == track);

    public SelfHostedMedia.Rooms.ConnectionKind Kind =>
        publishes ? SelfHostedMedia.Rooms.ConnectionKind.Publish : SelfHostedMedia.Rooms.ConnectionKind.Subscribe;

    /// <summary>The client's, as of its last restart.</summary>
    public string UserFragment { get; private set; } = offer.UserFragment;

    /// <summary>Of the ICE session (RFC 9725 §4.3.1), quoted.</summary>
    public string ETag => string.Create(CultureInfo.InvariantCulture, $"\"ice-{_generation}\"");

    /// <summary>One PATCH at a time.</summary>
    public SemaphoreSlim Turn { get; } = new(1);

    public void Restarted(string userFragment)
    {
        UserFragment = userFragment;
        _generation++;
    }

    public void Dispose() => Turn.Dispose();
}
