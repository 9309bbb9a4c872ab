namespace Muse.SelfHostedMedia.Tests.Sdp;

/// <summary>Offers as browsers write them: Chromium's recorded, Firefox's after its sources and documentation.</summary>
internal static class Offers
{
    public static string ChromiumPublish => Read("chromium-publish.sdp");

    public static string ChromiumSubscribe => Read("chromium-subscribe.sdp");

    public static string FirefoxPublish => Read("firefox-publish.sdp");

    private static string Read(string name)
    {
        using var stream = typeof(Offers).Assembly.GetManifestResourceStream(name)
            ?? throw new FileNotFoundException(name);
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
