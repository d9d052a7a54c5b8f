using System.Text.Json;
using Holdfast.Core.Loss;
using Holdfast.Engines.Loss;

namespace Holdfast.Engines.Hosting;

/// <summary>The files of a loss report, in the folder of what was salvaged. The summary is written last: with it the report is whole.</summary>
internal static class LossFiles
{
    private const string Summary = "loss.json";
    private const string List = "loss-transactions.jsonl";

    public static string SummaryOf(string directory) => Path.Combine(directory, Summary);

    public static string ListOf(string directory) => Path.Combine(directory, List);

    public static bool IsOfReport(string fileName) => fileName is Summary or List;

    /// <summary>Null: there is none, or it is of a newer program.</summary>
    public static LossReport? Read(string directory)
    {
        if (AtomicFile.ReadOrNull(SummaryOf(directory)) is not { } text)
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize(text, LossJson.Plain.LossReport) is { Format: <= LossReport.NewestFormat } report ? report : null;
        }
        catch (JsonException exception)
        {
            throw new EngineException(
                $"{SummaryOf(directory)} is damaged ({exception.Message}): delete it, and look at the salvaged log beside it", exception);
        }
    }

    /// <summary>All that the log could tell is in the report, so that the log itself is wanted least.</summary>
    public static bool TellsAll(string directory)
    {
        try
        {
            return Read(directory)?.IsComplete == true;
        }
        catch (EngineException)
        {
            return false; // What cannot be read tells nothing; who asks for the report is told why.
        }
    }

    public static void Write(string directory, LossReport report) =>
        AtomicFile.Write(SummaryOf(directory), JsonSerializer.Serialize(report, LossJson.Plain.LossReport));

    /// <summary>Whole reports in the folder of all salvages, newest first.</summary>
    public static List<LossReport> All(string salvages) => !Directory.Exists(salvages) ? [] :
    [
        .. Directory.EnumerateDirectories(salvages)
            .Where(directory => !directory.EndsWith(".partial", StringComparison.Ordinal))
            .OrderDescending(StringComparer.Ordinal)
            .Select(Read)
            .OfType<LossReport>(),
    ];

    public static FileStream? Open(string salvages, string id)
    {
        // A name from outside: it must be one of ours, not a path.
        var path = ListOf(Path.Combine(salvages, id));
        return All(salvages).Exists(report => report.Id == id) && File.Exists(path)
            ? new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1 << 16, useAsync: true)
            : null;
    }

    public static FileStream Create(string path) => new(path, new FileStreamOptions
    {
        Mode = FileMode.Create,
        Access = FileAccess.ReadWrite,
        UnixCreateMode = AtomicFile.OwnerOnly,
        BufferSize = 1 << 16,
    });
}
