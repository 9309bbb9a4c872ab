namespace Muse.SelfHostedMedia.Dtls;

/// <summary>A certificate and the context that shows it. New connections get the newest; the old one lives as long as a connection that was
/// answered with its fingerprint. Counted, because the last one to let go may be the media thread or the handshakes'.</summary>
internal sealed class DtlsIdentity
{
    private int _holders = 1;

    private DtlsIdentity(DtlsCertificate certificate, DtlsContext context) =>
        (Fingerprint, Context) = (certificate.Fingerprint, context);

    public Fingerprint Fingerprint { get; }

    public DtlsContext Context { get; }

    public bool IsGone => Volatile.Read(ref _holders) == 0;

    /// <summary>Held by the caller until <see cref="Release"/>.</summary>
    public static DtlsIdentity Create(TimeProvider time, IReadOnlyList<SrtpProfile> profiles)
    {
        var certificate = DtlsCertificate.Create(time);
        return new(certificate, new(certificate, profiles));
    }

    public DtlsIdentity Hold()
    {
        Interlocked.Increment(ref _holders);
        return this;
    }

    public void Release()
    {
        if (Interlocked.Decrement(ref _holders) == 0)
            Context.Dispose();
    }
}
