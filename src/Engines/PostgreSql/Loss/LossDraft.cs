using System.Text.Json;
using Holdfast.Core.Failover;
using Holdfast.Core.Loss;
using Holdfast.Engines.Loss;

namespace Holdfast.Engines.PostgreSql.Loss;

/// <summary>The report in the making.</summary>
internal sealed class LossDraft(LossReport report, List<CommitRecord> commits, Lsn? acknowledgedUpTo)
{
    private const string WorkSuffix = ".partial";
    private readonly List<string> _gaps = [];
    private readonly List<(string Database, Lsn? Until, string Why)> _missing = [];
    private readonly Dictionary<string, string> _files = new(StringComparer.Ordinal);
    private DatabaseDecoder? _decoder;

    public LossReport Report => report;
    public Dictionary<uint, CommitRecord> ByXid { get; } = commits.ToDictionary(commit => commit.Xid);
    public List<LossTable> Tables { get; } = [];
    public uint? FirstNewXid { get; set; }

    /// <summary>Notes that of a database nothing can be decoded, or nothing that was committed before <paramref name="until"/>.</summary>
    public void Gap(string database, Lsn? until, string why) => _missing.Add((database, until, why));

    /// <summary>
    /// All is decoded that can be. What is missing of a database matters only if a transaction is lost that no other database accounts for.
    /// </summary>
    public void Take(DatabaseDecoder decoder)
    {
        _decoder = decoder;
        _gaps.AddRange(_missing
            .Where(missing => commits.Exists(commit => !decoder.Seen.Contains(commit.Xid) && !(commit.End > missing.Until)))
            .Select(missing => $"database {missing.Database}: {missing.Why}; the salvaged log is kept"));
    }

    public void GiveUp(string why)
    {
        DropWork();
        _decoder = null;
        _gaps.Clear();
        _gaps.Add($"{why}; the salvaged log is kept");
    }

    /// <summary>Makes room again.</summary>
    public void DropWork()
    {
        foreach (var work in _files.Values)
        {
            File.Delete(work);
        }

        _files.Clear();
    }

    public string WorkFile(string directory, string database) =>
        _files[database] = Path.Combine(directory, $"decoded-{_files.Count}{WorkSuffix}");

    /// <summary>Puts the databases' transactions together in the order of their commits, then writes the summary.</summary>
    public LossReport Finish(string directory)
    {
        var parts = _decoder?.Parts ?? [];
        var listed = commits.Where(commit => _decoder?.OwnOnly.Contains(commit.Xid) != true).ToList();
        var list = LossFiles.ListOf(directory);
        using (var output = LossFiles.Create(list + WorkSuffix))
        {
            var inputs = _files.ToDictionary(
                pair => pair.Key, pair => new FileStream(pair.Value, FileMode.Open, FileAccess.Read), StringComparer.Ordinal);
            foreach (var commit in listed)
            {
                var part = parts.GetValueOrDefault(commit.Xid);
                var acknowledged = acknowledgedUpTo is { } bound && commit.End > bound ? Acknowledgement.No : Acknowledgement.Unknown;
                JsonSerializer.Serialize(output, new LossLine(new LostTransaction(
                    commit.Xid, commit.End.ToString(), commit.At, part?.Database, part?.Changes ?? 0, commit.ChangedCatalog, acknowledged)),
                    LossJson.Plain.LossLine);
                output.Write("\n"u8);
                if (part is not null)
                {
                    CopyPart(inputs[part.Database], part, output);
                }
            }

            output.Flush(flushToDisk: true);
            foreach (var input in inputs.Values)
            {
                input.Dispose();
            }
        }

        File.Move(list + WorkSuffix, list, overwrite: true);
        DropWork();
        var whole = report with
        {
            IsDecoded = _decoder is not null && (parts.Count > 0 || _gaps.Count == 0),
            IsComplete = _decoder is not null && _gaps.Count == 0,
            Gaps = [.. _gaps],
            Transactions = listed.Count,
            Changes = parts.Values.Sum(part => part.Changes),
            FirstCommit = listed.Count == 0 ? null : listed[0].At,
            LastCommit = listed.Count == 0 ? null : listed[^1].At,
            LastArrived = _decoder?.LastArrived,
            LastKnown = _decoder?.LastKnown,
            FirstNewXid = FirstNewXid,
            Tables = [.. Tables],
        };
        LossFiles.Write(directory, whole);
        return whole;
    }

    private static void CopyPart(FileStream input, DecodedPart part, FileStream output)
    {
        var buffer = new byte[1 << 16];
        input.Position = part.Offset;
        for (var left = part.Bytes; left > 0;)
        {
            var read = input.Read(buffer, 0, (int)Math.Min(buffer.Length, left));
            if (read == 0)
            {
                throw new IOException($"{input.Name} ended before all of it was read");
            }

            output.Write(buffer, 0, read);
            left -= read;
        }
    }
}
