using Holdfast.Engines.PostgreSql.Files;
using Holdfast.Engines.PostgreSql.Loss;

namespace Holdfast.Engines.PostgreSql.Copying;

/// <summary>
/// Says what of earlier salvages goes when there are too many, or the disk is short. First go the logs whose report tells all that is in them,
/// oldest first; then those reports; then, for the bound only, logs that nobody has decoded. The one in work never goes.
/// </summary>
internal sealed class SalvageRoom(Layout layout, PostgreSqlSpec spec)
{
    private const string ManifestName = "manifest.json";

    public static long SizeOf(string directory) => new DirectoryInfo(directory).EnumerateFiles().Sum(file => file.Length);

    /// <summary>Lets old salvages go until all together are within the bound.</summary>
    /// <param name="kept">Whole salvages, oldest first.</param>
    public void KeepBound(IReadOnlyList<string> kept, string newest)
    {
        var bound = (long)spec.SalvageBoundMebibytes << 20;
        var others = kept.Where(directory => directory != newest).ToList();
        var total = kept.Sum(SizeOf);
        foreach (var drop in Decoded(others).Concat(others.Select(directory => (Action)(() => DropWhole(directory)))))
        {
            if (total <= bound)
            {
                return;
            }

            drop();
            total = kept.Where(Directory.Exists).Sum(SizeOf);
        }
    }

    /// <summary>Makes room for so many bytes beside the reserve, as far as reports that tell all allow. What cannot be told again stays.</summary>
    public void MakeRoom(IReadOnlyList<string> kept, long bytes)
    {
        var reserve = (long)spec.SalvageReserveMebibytes << 20;
        foreach (var drop in Decoded(kept))
        {
            if (new DriveInfo(layout.SalvageDirectory).AvailableFreeSpace >= bytes + reserve)
            {
                return;
            }

            drop();
        }
    }

    private static IEnumerable<Action> Decoded(IReadOnlyList<string> kept)
    {
        var decoded = kept.Where(LossFiles.TellsAll).ToList();
        return decoded.Select(directory => (Action)(() => DropLog(directory)))
            .Concat(decoded.Select(directory => (Action)(() => DropWhole(directory))));
    }

    private static void DropLog(string directory)
    {
        foreach (var file in Directory.EnumerateFiles(directory)
            .Where(file => Path.GetFileName(file) is var name && name != ManifestName && !LossFiles.IsOfReport(name)))
        {
            File.Delete(file);
        }
    }

    private static void DropWhole(string directory)
    {
        if (Directory.Exists(directory))
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
