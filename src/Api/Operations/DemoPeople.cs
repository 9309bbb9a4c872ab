using System.Security.Cryptography;
using System.Text.Json;

namespace Muse.Api.Operations;

/// <summary>Who is in the demonstration, and how to sign in as each. Kept in the data folder, as the passwords are made at random.</summary>
public sealed record DemoPeople(DemoPerson Tutor, DemoPerson Guardian, DemoPerson Student)
{
    public static DemoPeople ReadOrMake(DataFolder data) =>
        JsonSerializer.Deserialize<DemoPeople>(data.ReadOrCreate("secrets/demo.json", () => JsonSerializer.SerializeToUtf8Bytes(Made())))!;

    /// <summary>Where providers are imitated: everybody has one lesson at a time, so lessons at all of them at once take more people.</summary>
    public static MoreDemoPeople ReadOrMakeMore(DataFolder data, DemoPeople people) =>
        JsonSerializer.Deserialize<MoreDemoPeople>(data.ReadOrCreate("secrets/demo-cast.json", () => JsonSerializer.SerializeToUtf8Bytes(new MoreDemoPeople(
        [
            new DemoPerson("jihoon.park@demo.example", people.Tutor.Password, "Park Ji-hoon", "tutor", "KR", "Asia/Seoul", "ko", "1979-11-05"),
            new DemoPerson("haneul@demo.example", people.Tutor.Password, "Lee Ha-neul", "tutor", "KR", "Asia/Seoul", "ko", "1991-02-17"),
            new DemoPerson("minjun@demo.example", people.Tutor.Password, "Choi Min-jun", "tutor", "KR", "Asia/Seoul", "ko", "1983-07-30"),
            new DemoPerson("yerin@demo.example", people.Tutor.Password, "Jung Ye-rin", "tutor", "KR", "Asia/Seoul", "ko", "1988-09-09"),
        ],
        [
            new DemoPerson("emma@demo.example", people.Student.Password, "Emma Jones", "student", "GB", "Europe/London", "en", "1994-04-12"),
            new DemoPerson("sophie@demo.example", people.Student.Password, "Sophie Brown", "student", "GB", "Europe/London", "en", "1996-01-23"),
        ]))))!;

    // One password for all: whoever tries it signs in as each of them in turn.
    private static DemoPeople Made() => Made(Password());

    private static DemoPeople Made(string password) => new(
        new DemoPerson("seoyeon@demo.example", password, "Kim Seo-yeon", "tutor", "KR", "Asia/Seoul", "ko", "1986-03-14"),
        new DemoPerson("fatima@demo.example", password, "Fatima Al Mansoori", "guardian", "AE", "Asia/Dubai", "ar", "1984-09-02"),
        new DemoPerson("oliver@demo.example", password, "Oliver Smith", "student", "GB", "Europe/London", "en", "1991-06-21"));

    // 4 × 4 letters of 20 bits each pair: 80 bits, and easy to type on a tablet.
    private static string Password() =>
        string.Join('-', Enumerable.Range(0, 4).Select(_ => RandomNumberGenerator.GetString("abcdefghijkmnpqrstuvwxyz23456789", 4)));
}

/// <param name="BirthDate">ISO 8601.</param>
public sealed record DemoPerson(
    string Email, string Password, string DisplayName, string Role, string Country, string TimeZone, string Locale, string BirthDate);

/// <param name="Tutors">Four; the last one has no lesson yet.</param>
/// <param name="Students">Two; the last one has no lesson yet.</param>
public sealed record MoreDemoPeople(IReadOnlyList<DemoPerson> Tutors, IReadOnlyList<DemoPerson> Students);
