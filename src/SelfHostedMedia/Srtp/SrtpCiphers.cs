namespace Muse.SelfHostedMedia.Srtp;

/// <summary>Which implementation serves a profile on this machine.</summary>
internal static class SrtpCiphers
{
    public static SrtpCipher Create(SrtpProfile profile, SrtpKeys keys) => profile switch
    {
        SrtpProfile.AeadAes128Gcm => new GcmSrtpCipher(
            keys, ManagedAesGcm.IsSupported ? key => new ManagedAesGcm(key) : key => new EvpAesGcm(key)),
        SrtpProfile.Aes128CmSha1 => new CmSha1SrtpCipher(keys),
        _ => throw new ArgumentOutOfRangeException(nameof(profile), profile, null),
    };
}
