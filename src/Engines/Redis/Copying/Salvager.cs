using System.Globalization;
using Holdfast.Core.Failover;
using Holdfast.Engines.Redis.Files;

namespace Holdfast.Engines.Redis.Copying;

/// <summary>Keeps the data of a deposed primary before a clone destroys them (R8).</summary>
internal sealed class Salvager(Layout layout)
{
    private const string PartialSuffix = ".partial";

    /// <summary>Idempotent: what has been kept whole is not copied again.</summary>
    /// <param name="end">How far the data go; null: that is not known.</param>
    public async Task<SalvageReport> RunAsync(LogPosition from, LogPosition? end, CancellationToken cancellationToken)
    {
        if (end is { } known && known.Lsn <= from.Lsn)
        {
            return new SalvageReport(null, from, known, 0);
        }

        foreach (var partial in Directory.EnumerateDirectories(layout.SalvageDirectory, "*" + PartialSuffix))
        {
            Directory.Delete(partial, recursive: true);
        }

        var name = $"{from.Timeline}-{from.Lsn}-{Identity()}".Replace('/', '_');
        if (Kept().FirstOrDefault(directory => directory.EndsWith("-" + name, StringComparison.Ordinal)) is { } kept)
        {
            return new SalvageReport(kept, from, end ?? from, SizeOf(kept));
        }

        var target = Path.Combine(layout.SalvageDirectory, string.Create(CultureInfo.InvariantCulture, $"{Next():D6}-{name}"));
        var making = target + PartialSuffix;
        try
        {
            DirectoryWork.CreateOwnerOnly(making);
            await CopyAsync(layout.Data, making, cancellationToken);
            Directory.Move(making, target);
            Native.FlushDirectory(layout.SalvageDirectory);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw DiskFault.Explain($"cannot keep the diverged data in {layout.SalvageDirectory}", target, exception);
        }

        return new SalvageReport(target, from, end ?? from, SizeOf(target));
    }

    /// <summary>Tells these data from others that leave the history at the same place.</summary>
    private string Identity()
    {
        var newest = new DirectoryInfo(layout.Data).EnumerateFiles("*", SearchOption.AllDirectories)
            .Select(file => file.LastWriteTimeUtc.Ticks).DefaultIfEmpty(0).Max();
        return newest.ToString("x", CultureInfo.InvariantCulture);
    }

    private static async Task CopyAsync(string from, string to, CancellationToken cancellationToken)
    {
        foreach (var file in Directory.EnumerateFiles(from))
        {
            await using var source = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = AtomicFile.OwnerOnly };
            await using var copy = new FileStream(Path.Combine(to, Path.GetFileName(file)), options);
            await source.CopyToAsync(copy, cancellationToken);
            copy.Flush(flushToDisk: true);
        }

        foreach (var folder in Directory.EnumerateDirectories(from))
        {
            var target = Path.Combine(to, Path.GetFileName(folder));
            DirectoryWork.CreateOwnerOnly(target);
            await CopyAsync(folder, target, cancellationToken);
        }
    }

    private List<string> Kept() =>
        [.. Directory.EnumerateDirectories(layout.SalvageDirectory).Where(path => !path.EndsWith(PartialSuffix, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)];

    private int Next() => 1 + Kept()
        .Select(path => int.TryParse(Path.GetFileName(path).Split('-')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0)
        .DefaultIfEmpty(0).Max();

    private static long SizeOf(string directory) => new DirectoryInfo(directory).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);
}
