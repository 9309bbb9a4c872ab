using System.Security.Cryptography;
using System.Text.Json;

namespace Muse.Api.Operations;

/// <summary>Who is in the demonstration, and how to sign in as each. Kept in the data folder, as the passwords are made at random.</summary>
public sealed record DemoPeople(DemoPerson Tutor, DemoPerson Guardian, DemoPerson Student)
{
    public static DemoPeople ReadOrMake(DataFolder data) =>
        JsonSerializer.Deserialize<DemoPeople>(data.ReadOrCreate("secrets/demo.json", () => JsonSerializer.SerializeToUtf8Bytes(Made())))!;

    /// <summary>Where providers are imitated: with one tutor alone, lessons at all of them would have to follow each other.</summary>
    public static DemoPerson ReadOrMakeSecondTutor(DataFolder data) =>
        JsonSerializer.Deserialize<DemoPerson>(data.ReadOrCreate("secrets/demo-second-tutor.json", () => JsonSerializer.SerializeToUtf8Bytes(
            new DemoPerson("jihoon@demo.example", Password(), "Park Ji-hoon", "tutor", "KR", "Asia/Seoul", "ko", "1979-11-05"))))!;

    private static DemoPeople Made() => new(
        new DemoPerson("seoyeon@demo.example", Password(), "Kim Seo-yeon", "tutor", "KR", "Asia/Seoul", "ko", "1986-03-14"),
        new DemoPerson("fatima@demo.example", Password(), "Fatima Al Mansoori", "guardian", "AE", "Asia/Dubai", "ar", "1984-09-02"),
        new DemoPerson("oliver@demo.example", Password(), "Oliver Smith", "student", "GB", "Europe/London", "en", "1991-06-21"));

    // 4 × 4 letters of 20 bits each pair: 80 bits, and easy to type on a tablet.
    private static string Password() =>
        string.Join('-', Enumerable.Range(0, 4).Select(_ => RandomNumberGenerator.GetString("abcdefghijkmnpqrstuvwxyz23456789", 4)));
}

/// <param name="BirthDate">ISO 8601.</param>
public sealed record DemoPerson(
    string Email, string Password, string DisplayName, string Role, string Country, string TimeZone, string Locale, string BirthDate);
