namespace Muse.SelfHostedMedia.Tests.Sdp;

/// <summary>Offers as browsers write them: Chromium's recorded; Firefox's after its sources (jsep/JsepSessionImpl.cpp, MPL 2.0) and
/// documentation; Safari's of an iPad written after what is public of its, with values of our own: the order and parameters of its codecs
/// after aws/amazon-chime-sdk-js, test/sdp/SafariSDPMock.ts (iOS, Apache 2.0); session, sound and H.265 without parameters after the log in
/// awslabs/amazon-kinesis-video-streams-webrtc-sdk-c pull request 1965 (Apache 2.0). No real Safari has been tried.</summary>
internal static class Offers
{
    public static string ChromiumPublish => Read("chromium-publish.sdp");

    public static string ChromiumSubscribe => Read("chromium-subscribe.sdp");

    public static string FirefoxPublish => Read("firefox-publish.sdp");

    public static string SafariPublish => Read("safari-publish.sdp");

    public static string SafariSubscribe => Read("safari-subscribe.sdp");

    public static IReadOnlyList<string> All => [ChromiumPublish, ChromiumSubscribe, FirefoxPublish, SafariPublish, SafariSubscribe];

    private static string Read(string name)
    {
        using var stream = typeof(Offers).Assembly.GetManifestResourceStream(name)
            ?? throw new FileNotFoundException(name);
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
