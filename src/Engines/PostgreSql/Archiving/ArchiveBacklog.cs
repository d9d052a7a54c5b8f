using Holdfast.Engines.PostgreSql.Files;

namespace Holdfast.Engines.PostgreSql.Archiving;

/// <summary>
/// What a lost primary had not archived, its successor has received, but takes for archived: a receiver marks each complete piece so, and the mark
/// stays through a promotion. In the archive that is a hole just before the fork, which no restore gets over. Marked as waiting while the server
/// still recovers, the pieces are archived by it as soon as it is a primary, and kept until then. What is in the archive already is found there
/// with the same contents, and let be.
/// </summary>
internal static class ArchiveBacklog
{
    private const string Archived = ".done";
    private const string Waiting = ".ready";
    private const int NameDigits = 24;
    private const int TimelineDigits = 8;

    /// <summary>Before a promotion.</summary>
    public static void Offer(Layout layout)
    {
        var status = Path.Combine(layout.Log, "archive_status");
        // Where a timeline was left, its last piece is marked too, though it ends in nothing: the younger timeline's piece of the same place holds all.
        var whole = Directory.EnumerateFiles(layout.Log).Select(path => Path.GetFileName(path)).Where(IsPiece)
            .GroupBy(name => name[TimelineDigits..], StringComparer.Ordinal).Select(same => same.Max(StringComparer.Ordinal)!);
        foreach (var piece in whole)
        {
            var mark = Path.Combine(status, piece + Archived);
            if (File.Exists(mark))
            {
                File.Move(mark, Path.Combine(status, piece + Waiting), overwrite: true);
            }
        }
    }

    private static bool IsPiece(string name) => name.Length == NameDigits && name.All(char.IsAsciiHexDigitUpper);
}
