namespace Muse.Api.Bookings;

/// <summary>
/// Muse's own address in links that live long: <c>MUSE_ORIGIN</c> (such as <c>https://lessons.example</c>), or else the one by which the
/// caller reached us.
/// </summary>
public sealed class PublicAddress(IConfiguration configuration)
{
    private readonly string? _configured = configuration["MUSE_ORIGIN"]?.TrimEnd('/');

    public string OfLesson(HttpContext http, Guid lessonId) => $"{Origin(http)}/lessons/{lessonId}";

    /// <summary>Without a slash at the end.</summary>
    public string Origin(HttpContext http) => _configured ?? $"{http.Request.Scheme}://{http.Request.Host}";
}
