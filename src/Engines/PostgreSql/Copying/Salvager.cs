using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Holdfast.Core.Failover;
using Holdfast.Core.Topology;
using Holdfast.Engines.PostgreSql.Files;
using Holdfast.Engines.PostgreSql.Observation;

namespace Holdfast.Engines.PostgreSql.Copying;

/// <summary>Keeps what a deposed primary wrote beyond the fork, before a rewind or a clone destroys it (R8).</summary>
internal sealed partial class Salvager(Layout layout, MemberSpec self, PostgreSqlSpec spec)
{
    private const string ManifestName = "manifest.json";
    private const string PartialSuffix = ".partial";

    /// <summary>Idempotent: what has been kept whole is not copied again.</summary>
    public async Task<SalvageReport> RunAsync(LogPosition from, ControlFile control, LogEnd end, CancellationToken cancellationToken)
    {
        if (end.Position.Lsn <= from.Lsn)
        {
            return new SalvageReport(null, from, end.Position, 0);
        }

        foreach (var partial in Directory.EnumerateDirectories(layout.SalvageDirectory, "*" + PartialSuffix))
        {
            Directory.Delete(partial, recursive: true);
        }

        var name = $"{from.Timeline}-{from.Lsn}-to-{end.Position.Timeline}-{end.Position.Lsn}".Replace('/', '_');
        if (Kept().FirstOrDefault(directory => directory.EndsWith("-" + name, StringComparison.Ordinal)) is { } kept)
        {
            return new SalvageReport(kept, from, end.Position, SizeOf(kept));
        }

        var target = Path.Combine(layout.SalvageDirectory, $"{NextNumber():D6}-{name}");
        var making = target + PartialSuffix;
        DirectoryWork.CreateOwnerOnly(making);
        try
        {
            var files = await CopyAllAsync(from, control, end, making, cancellationToken);
            var manifest = new Manifest(self.Name, control.SystemId, from.ToString(), end.Position.ToString(), files);
            AtomicFile.Write(Path.Combine(making, ManifestName), JsonSerializer.Serialize(manifest, ManifestJson.Default.Manifest));
            Directory.Move(making, target);
            Native.FlushDirectory(layout.SalvageDirectory);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw DiskFault.Explain($"cannot keep the diverged log of {self.Name} in {layout.SalvageDirectory}", target, exception);
        }

        DropOldest(target);
        return new SalvageReport(target, from, end.Position, SizeOf(target));
    }

    private async Task<List<KeptFile>> CopyAllAsync(
        LogPosition from, ControlFile control, LogEnd end, string target, CancellationToken cancellationToken)
    {
        using var reader = new LogReader(layout, control.SegmentBytes, end.History);
        var size = (ulong)control.SegmentBytes;
        var files = new List<KeptFile>();
        for (var number = from.Lsn.Value / size; number <= (end.Position.Lsn.Value - 1) / size; number++)
        {
            var path = reader.SegmentPath(number) ?? throw new EngineException(
                $"segment {number} of the log of {self.Name} is missing in {layout.Log}: what it wrote after {from} cannot be kept whole");
            files.Add(await CopyAsync(path, target, cancellationToken));
        }

        foreach (var start in end.History)
        {
            files.Add(await CopyAsync(TimelineHistory.PathOf(layout, start.Timeline), target, cancellationToken));
        }

        return files;
    }

    private static async Task<KeptFile> CopyAsync(string path, string directory, CancellationToken cancellationToken)
    {
        var name = Path.GetFileName(path);
        await using var source = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var options =
            new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, UnixCreateMode = AtomicFile.OwnerOnly };
        await using var copy = new FileStream(Path.Combine(directory, name), options);
        await source.CopyToAsync(copy, cancellationToken);
        copy.Flush(flushToDisk: true);
        copy.Position = 0;
        var hash = await SHA256.HashDataAsync(copy, cancellationToken);
        return new KeptFile(name, copy.Length, Convert.ToHexStringLower(hash));
    }

    /// <summary>Whole salvages, oldest first.</summary>
    private List<string> Kept() =>
        [.. Directory.EnumerateDirectories(layout.SalvageDirectory)
            .Where(path => File.Exists(Path.Combine(path, ManifestName))).Order(StringComparer.Ordinal)];

    private int NextNumber() => 1 + Kept()
        .Select(path =>
            int.TryParse(Path.GetFileName(path).Split('-')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                ? number : 0)
        .DefaultIfEmpty(0).Max();

    private void DropOldest(string newest)
    {
        var bound = (long)spec.SalvageBoundMebibytes << 20;
        var kept = Kept();
        var total = kept.Sum(SizeOf);
        foreach (var directory in kept.TakeWhile(directory => total > bound && directory != newest))
        {
            total -= SizeOf(directory);
            Directory.Delete(directory, recursive: true);
        }
    }

    private static long SizeOf(string directory) => new DirectoryInfo(directory).EnumerateFiles().Sum(file => file.Length);

    internal sealed record Manifest(string Member, string SystemId, string From, string To, List<KeptFile> Files);

    internal sealed record KeptFile(string Name, long Bytes, string Sha256);

    [JsonSerializable(typeof(Manifest))]
    [JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
    private sealed partial class ManifestJson : JsonSerializerContext;
}
