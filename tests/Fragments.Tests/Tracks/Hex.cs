namespace Muse.Fragments.Tests.Tracks;

/// <summary>Bytes written out by hand: white space, and everything from a semicolon to the end of its line, is for the reader.</summary>
internal static class Hex
{
    public static byte[] Bytes(string text) => Convert.FromHexString(string.Concat(
        text.Split('\n').Select(line => line.Split(';')[0]).SelectMany(line => line.Where(c => !char.IsWhiteSpace(c)))));
}
