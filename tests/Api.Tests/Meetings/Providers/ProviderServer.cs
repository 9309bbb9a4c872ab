using Microsoft.Extensions.DependencyInjection;
using Muse.Domain.Meetings;
using Muse.Imitations;
using Muse.Imitations.Google;
using Muse.Imitations.Jitsi;
using Muse.Imitations.Zoom;

namespace Muse.Api.Tests.Meetings.Providers;

/// <summary>The whole server with imitated providers behind it, wired by the product's own configuration.</summary>
public abstract class ProviderServer : TheServer
{
    private readonly List<Imitation> _imitations = [];

    /// <summary>As in events and on the wire.</summary>
    public abstract string ProviderName { get; }

    public IReadOnlyList<Imitation> Imitations => _imitations;

    /// <summary>The one of <see cref="ProviderName"/>; null when nothing outside is asked.</summary>
    public virtual Imitation? Imitation => null;

    public IMeetingProvider Provider => Services.GetServices<IMeetingProvider>().Single(provider => provider.Abilities.Name == ProviderName);

    /// <summary>Seconds. Where nothing keeps silent on purpose a busy machine has time to answer.</summary>
    protected virtual int Timeout => 30;

    /// <summary>How Muse learns what happened there: it asks, or the imitation's webhooks reach it.</summary>
    protected virtual string Facts => "polling";

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        foreach (var imitation in _imitations)
        {
            await imitation.StartAsync();
            imitation.MuseOrigin = "http://localhost";
            foreach (var (name, value) in imitation.Settings) With(name, value);
        }
        foreach (var section in (string[])["Zoom", "GoogleMeet"])
        {
            With($"Meetings:{section}:TimeoutSeconds", $"{Timeout}");
            With($"Meetings:{section}:Facts", Facts);
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        foreach (var imitation in _imitations) await imitation.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected T Imitate<T>(T imitation) where T : Imitation
    {
        _imitations.Add(imitation);
        return imitation;
    }
}

public sealed class BuiltInServer : ProviderServer
{
    public override string ProviderName => ProviderPolicy.BuiltIn;
}

public sealed class ZoomServer : ProviderServer
{
    public ZoomServer() => Imitation = Imitate(new ZoomImitation());

    public override string ProviderName => ProviderPolicy.Zoom;

    public override ZoomImitation Imitation { get; }
}

public sealed class GoogleServer : ProviderServer
{
    public GoogleServer() => Imitation = Imitate(new GoogleImitation());

    public override string ProviderName => ProviderPolicy.GoogleMeet;

    public override GoogleImitation Imitation { get; }
}

public sealed class JaasServer() : JitsiServer(jaas: true);

/// <summary>A Jitsi server of the school's own, which is asked whether it takes the keys.</summary>
public sealed class ProsodyServer() : JitsiServer(jaas: false);

public abstract class JitsiServer : ProviderServer
{
    protected JitsiServer(bool jaas) => Imitation = Imitate(new JitsiImitation(jaas));

    public override string ProviderName => ProviderPolicy.Jitsi;

    public override JitsiImitation Imitation { get; }
}
