using System.Security.Cryptography;
using System.Text;
using Muse.Domain.People;
using Npgsql;

namespace Muse.Adapters.Postgres;

/// <summary>
/// The table <c>person_keys</c>. A box is base64 of version, nonce, tag and ciphertext of AES-256-GCM (NIST SP 800-38D) with the person's id
/// as associated data, so that a box moved to another person does not open.
/// </summary>
public sealed class PersonKeys(NpgsqlDataSource database) : IPersonKeys
{
    private const byte Version = 1;
    private const int KeyLength = 32;
    private const int NonceLength = 12;
    private const int TagLength = 16;
    private const int HeadLength = 1 + NonceLength + TagLength;

    public async Task<SealedText> Seal(Guid about, string words, CancellationToken ct)
    {
        var plain = Encoding.UTF8.GetBytes(words);
        var box = new byte[HeadLength + plain.Length];
        box[0] = Version;
        RandomNumberGenerator.Fill(box.AsSpan(1, NonceLength));
        using var cipher = new AesGcm(await KeyOf(about, ct), TagLength);
        cipher.Encrypt(
            box.AsSpan(1, NonceLength), plain, box.AsSpan(HeadLength), box.AsSpan(1 + NonceLength, TagLength), about.ToByteArray(bigEndian: true));
        return new SealedText(about, Convert.ToBase64String(box));
    }

    public async Task<IReadOnlyList<string?>> Open(IReadOnlyList<SealedText> texts, CancellationToken ct)
    {
        if (texts.Count == 0)
            return [];
        var keys = new Dictionary<Guid, byte[]>();
        await using (var read = database.Command(
            "select person_id, key from person_keys where person_id = any($1)", texts.Select(t => t.About).Distinct().ToArray()))
        await using (var rows = await read.ExecuteReaderAsync(ct))
        {
            while (await rows.ReadAsync(ct))
                keys[rows.GetGuid(0)] = rows.GetFieldValue<byte[]>(1);
        }

        return [.. texts.Select(t => keys.TryGetValue(t.About, out var key) ? Open(t, key) : null)];
    }

    private static string? Open(SealedText text, byte[] key)
    {
        var box = new byte[text.Box.Length];
        if (!Convert.TryFromBase64String(text.Box, box, out var length) || length < HeadLength || box[0] != Version)
            return null;
        var plain = new byte[length - HeadLength];
        try
        {
            using var cipher = new AesGcm(key, TagLength);
            cipher.Decrypt(
                box.AsSpan(1, NonceLength), box.AsSpan(HeadLength, plain.Length), box.AsSpan(1 + NonceLength, TagLength), plain,
                text.About.ToByteArray(bigEndian: true));
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }

        return Encoding.UTF8.GetString(plain);
    }

    /// <summary>Two who need a new key at once get the same: the first insert wins, the second reads it.</summary>
    private async Task<byte[]> KeyOf(Guid person, CancellationToken ct)
    {
        await using (var insert = database.Command(
            "insert into person_keys (person_id, key) select $1, $2 where not exists (select from person_keys where person_id = $1) on conflict do nothing",
            person, RandomNumberGenerator.GetBytes(KeyLength)))
            await insert.ExecuteNonQueryAsync(ct);
        await using var read = database.Command("select key from person_keys where person_id = $1", person);
        return (byte[]?)await read.ExecuteScalarAsync(ct) ?? throw new InvalidOperationException("The person's key was deleted meanwhile.");
    }
}
