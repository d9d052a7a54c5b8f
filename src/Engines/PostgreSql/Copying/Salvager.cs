using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Holdfast.Core.Failover;
using Holdfast.Core.Topology;
using Holdfast.Engines.PostgreSql.Archiving;
using Holdfast.Engines.PostgreSql.Files;
using Holdfast.Engines.PostgreSql.Observation;

namespace Holdfast.Engines.PostgreSql.Copying;

/// <summary>Keeps what a deposed primary wrote beyond the fork, before a rewind or a clone destroys it (R8).</summary>
internal sealed partial class Salvager(StoreSpec store, Layout layout, MemberSpec self, PostgreSqlSpec spec)
{
    private const string ManifestName = "manifest.json";
    private const string PartialSuffix = ".partial";

    private readonly SalvageRoom _room = new(layout, spec);

    /// <summary>Idempotent: what has been kept whole is not copied again.</summary>
    public async Task<SalvageReport> RunAsync(LogPosition from, ControlFile control, LogEnd end, CancellationToken cancellationToken)
    {
        if (BeingDecoded(from) is { } begun)
        {
            return begun;
        }

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
            return new SalvageReport(kept, from, end.Position, SalvageRoom.SizeOf(kept));
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

        _room.KeepBound(Kept(), target);
        return new SalvageReport(target, from, end.Position, SalvageRoom.SizeOf(target));
    }

    /// <summary>
    /// Decoding starts the server, which moves the log's end. If an agent was killed at that, what was salvaged before still is the whole of it.
    /// </summary>
    private SalvageReport? BeingDecoded(LogPosition from)
    {
        if (AtomicFile.ReadOrNull(layout.DecodingMarker)?.Trim() is not { Length: > 0 } name)
        {
            return null;
        }

        var directory = Path.Combine(layout.SalvageDirectory, name);
        return AtomicFile.ReadOrNull(Path.Combine(directory, ManifestName)) is { } text &&
            JsonSerializer.Deserialize(text, ManifestJson.Default.Manifest) is { } manifest && manifest.From == from.ToString() &&
            manifest.To.Split(':') is [var timeline, var lsn]
            ? new SalvageReport(
                directory, from, new LogPosition(uint.Parse(timeline, CultureInfo.InvariantCulture), Lsn.Parse(lsn)), SalvageRoom.SizeOf(directory))
            : null;
    }

    private async Task<List<KeptFile>> CopyAllAsync(
        LogPosition from, ControlFile control, LogEnd end, string target, CancellationToken cancellationToken)
    {
        using var reader = new LogReader(
            layout, control.SegmentBytes, end.History, ArchiveScript.PlaceOf(store, self.Name, control.SystemId));
        var size = (ulong)control.SegmentBytes;
        var files = new List<KeptFile>();
        _room.MakeRoom(Kept(), (long)(((end.Position.Lsn.Value - 1) / size) + 1 - (from.Lsn.Value / size)) * control.SegmentBytes);
        for (var number = from.Lsn.Value / size; number <= (end.Position.Lsn.Value - 1) / size; number++)
        {
            var path = reader.SegmentPath(number) ?? throw new EngineException(
                $"segment {number} of the log of {self.Name} is missing in {layout.Log}" +
                $"{(store.Archive is { } archive ? $" and in the archive {archive}" : "")}: " +
                $"what it wrote after {from} cannot be kept whole; " +
                $"copy {layout.Data} away if that is wanted, then run 'holdfast reinit' for this member");
            files.Add(await CopyAsync(path, target, cancellationToken));
        }

        // The newest names all the others; a standby that was cloned or has followed later need not have those.
        foreach (var path in end.History.Select(start => TimelineHistory.PathOf(layout, start.Timeline)).Where(File.Exists))
        {
            files.Add(await CopyAsync(path, target, cancellationToken));
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

    internal sealed record Manifest(string Member, string SystemId, string From, string To, List<KeptFile> Files);

    internal sealed record KeptFile(string Name, long Bytes, string Sha256);

    [JsonSerializable(typeof(Manifest))]
    [JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
    private sealed partial class ManifestJson : JsonSerializerContext;
}
