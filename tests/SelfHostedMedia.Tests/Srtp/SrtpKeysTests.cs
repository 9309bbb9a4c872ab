using Muse.SelfHostedMedia.Srtp;

namespace Muse.SelfHostedMedia.Tests.Srtp;

public class SrtpKeysTests
{
    [Fact]
    public void Session_keys_are_those_of_RFC_3711_B3()
    {
        var keys = new SrtpKeys(
            SrtpProfile.Aes128CmSha1,
            Convert.FromHexString("E1F97A0D3E018BE0D64FA32C06DE4139"),
            Convert.FromHexString("0EC675AD498AFEEBB6960B3AABE6"));
        Assert.Equal("C61E7A93744F39EE10734AFE3FF7A087", Convert.ToHexString(keys.RtpKey));
        Assert.Equal("30CBBC08863D8C85D49DB34A9AE1", Convert.ToHexString(keys.RtpSalt));
        Assert.Equal("CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4", Convert.ToHexString(keys.RtpAuthentication));
    }

    [Fact]
    public void What_DTLS_exports_is_cut_into_keys_first_and_salts_then()
    {
        var exported = Enumerable.Range(0, SrtpKeys.ExportLength(SrtpProfile.AeadAes128Gcm)).Select(i => (byte)i).ToArray();
        Assert.Equal(56, exported.Length);
        var (client, server) = SrtpKeys.FromExport(SrtpProfile.AeadAes128Gcm, exported);
        var expectedClient = new SrtpKeys(SrtpProfile.AeadAes128Gcm, exported.AsSpan(0, 16), exported.AsSpan(32, 12));
        var expectedServer = new SrtpKeys(SrtpProfile.AeadAes128Gcm, exported.AsSpan(16, 16), exported.AsSpan(44, 12));
        Assert.Equal(expectedClient.RtpKey, client.RtpKey);
        Assert.Equal(expectedClient.RtcpSalt, client.RtcpSalt);
        Assert.Equal(expectedServer.RtpKey, server.RtpKey);
        Assert.Equal(expectedServer.RtcpSalt, server.RtcpSalt);
        Assert.Equal(60, SrtpKeys.ExportLength(SrtpProfile.Aes128CmSha1));
    }
}
