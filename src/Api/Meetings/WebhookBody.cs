namespace Muse.Api.Meetings;

/// <summary>The bytes of a webhook exactly as they came: that is what a provider signs.</summary>
internal static class WebhookBody
{
    /// <summary>Providers send a few kilobytes.</summary>
    public const int MostBytes = 64 * 1024;

    /// <summary>Null when there are more.</summary>
    public static async Task<byte[]?> Read(HttpContext http)
    {
        if (http.Request.ContentLength > MostBytes) return null;
        using var kept = new MemoryStream();
        var buffer = new byte[8 * 1024];
        int read;
        while ((read = await http.Request.Body.ReadAsync(buffer, http.RequestAborted)) > 0)
        {
            if (kept.Length + read > MostBytes) return null;
            kept.Write(buffer, 0, read);
        }
        return kept.ToArray();
    }
}
