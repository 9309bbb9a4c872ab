using QRCoder;

namespace Muse.Api.Operations;

/// <summary>What a person reads in the terminal when the server has started.</summary>
public static class Greeting
{
    /// <param name="setupToken">The unused one-time token, or null once there is an administrator.</param>
    public static string Text(Listening listening, string? setupToken)
    {
        var text = new StringWriter();
        text.WriteLine();
        text.WriteLine($"Muse is running. Ctrl-C stops it.");
        text.WriteLine();
        text.WriteLine($"  on this machine  {listening.Here}");
        foreach (var address in listening.OnTheNetwork)
            text.WriteLine($"  on your network  {address}");
        if (listening.OnTheNetwork is [var first, ..])
        {
            text.WriteLine();
            text.Write(QrCode(first));
        }

        if (listening.CertificateAddress is { } certificate)
            text.Write($"""

                An iPad gives camera and microphone to a page only when it trusts the certificate of this machine. Once on each device:
                  1. Open {certificate} in Safari and allow the download.
                  2. Settings > General > VPN & Device Management > the downloaded profile > Install.
                  3. Settings > General > About > Certificate Trust Settings: switch on "Muse at {Environment.MachineName}".
                Its SHA-256 fingerprint is
                  {listening.Certificate!.Fingerprint}

                """);
        if (setupToken is not null)
            text.Write($"""

                First start: the account made with this link is the administrator. It works once.
                  {listening.OnTheNetwork.FirstOrDefault() ?? listening.Here}/setup#{setupToken}

                """);
        text.WriteLine();
        return text.ToString();
    }

    private static string QrCode(string address)
    {
        using var generator = new QRCodeGenerator();
        using var data = generator.CreateQrCode(address, QRCodeGenerator.ECCLevel.L);
        using var code = new AsciiQRCode(data);
        // Light modules as full blocks: most terminals are dark, and a reader needs the light margin.
        return code.GetGraphicSmall(drawQuietZones: true, invert: false) + "\n";
    }
}
