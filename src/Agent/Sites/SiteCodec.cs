using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Holdfast.Agent.Records;
using Holdfast.Core.Failover;
using Holdfast.Core.Sites;
using Holdfast.Core.Topology;

namespace Holdfast.Agent.Sites;

/// <summary>The site record, the sites' cards and the move as JSON, read strictly: nothing is guessed from a damaged or newer one.</summary>
public static class SiteCodec
{
    public static string Encode(SiteRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        return JsonSerializer.Serialize(
            new SiteRecordDocument
            {
                Format = SiteRecord.CurrentFormat,
                Epoch = record.Epoch,
                ActiveSite = record.ActiveSite,
                State = Words.Of(record.State),
                MoveId = record.MoveId,
                Moves = record.Moves,
                OwedTimeline = record.Owed?.Timeline,
                OwedLsn = record.Owed?.Lsn.ToString(),
                Reason = record.Reason,
            },
            SiteDocumentContext.Default.SiteRecordDocument);
    }

    /// <exception cref="RecordException">It cannot be read; the message says why.</exception>
    public static SiteRecord DecodeRecord(string text)
    {
        var document = Read(text, SiteDocumentContext.Default.SiteRecordDocument, found => found.Format);
        return document.Epoch is < 1 or > Eras.Last || string.IsNullOrEmpty(document.ActiveSite)
            ? throw new RecordException($"it is contradictory: epoch {document.Epoch}, active site '{document.ActiveSite}'")
            : (document.OwedTimeline is null) != (document.OwedLsn is null)
            ? throw new RecordException("it is contradictory: of 'owedTimeline' and 'owedLsn' only one is there")
            : Sound(() => new SiteRecord
            {
                Epoch = document.Epoch,
                ActiveSite = document.ActiveSite,
                State = Parse<SiteState>(document.State),
                MoveId = document.MoveId,
                Moves = document.Moves,
                Owed = Position(document.OwedTimeline, document.OwedLsn),
                Reason = document.Reason,
            });
    }

    public static string Encode(SiteCard card)
    {
        ArgumentNullException.ThrowIfNull(card);
        return JsonSerializer.Serialize(
            new SiteCardDocument
            {
                Format = SiteRecord.CurrentFormat,
                Site = card.Site,
                Epoch = card.Epoch,
                Leader = card.Leader,
                Passive = card.Passive,
                SystemId = card.SystemId,
                Lineage = [.. card.Lineage.Select(entry => new LineageDocument(entry.Epoch, entry.Timeline, entry.Fork.ToString()))],
                Serving = card.Serving,
                Healthy = card.Healthy,
                Isolation = card.Isolation is { } isolation ? Words.Of(isolation) : null,
                Timeline = card.Position?.Timeline,
                Lsn = card.Position?.Lsn.ToString(),
                LedgerClock = card.LedgerClock,
                Clock = card.Clock,
                Beat = card.Beat,
            },
            SiteDocumentContext.Default.SiteCardDocument);
    }

    /// <exception cref="RecordException">It cannot be read; the message says why.</exception>
    public static SiteCard DecodeCard(string text)
    {
        var document = Read(text, SiteDocumentContext.Default.SiteCardDocument, found => found.Format);
        var card = Sound(() => new SiteCard
        {
            Site = Said(document.Site, "site"),
            Epoch = document.Epoch,
            Leader = Said(document.Leader, "leader"),
            Passive = document.Passive,
            SystemId = document.SystemId,
            Lineage = [.. document.Lineage.Select(entry => new LineageEntry(entry.Epoch, entry.Timeline, Lsn.Parse(entry.Fork)))],
            Serving = document.Serving,
            Healthy = document.Healthy,
            Isolation = document.Isolation is { } isolation ? Parse<IsolationPolicy>(isolation) : null,
            Position = Position(document.Timeline, document.Lsn),
            LedgerClock = document.LedgerClock,
            Clock = document.Clock,
            Beat = document.Beat,
        });
        // A timeline that came and went between two entries has the later one's epoch (Lineage.Close).
        // A passive group takes epoch and lineage from it into its own record: what is refused there is refused here.
        return (card.SystemId is not null && card.Lineage.IsEmpty) || card.Lineage.Any(entry => entry.Epoch > card.Epoch) ||
            card.Lineage.Zip(card.Lineage.Skip(1)).Any(
                pair => pair.First.Epoch > pair.Second.Epoch || (pair.First.Epoch == pair.Second.Epoch && !(pair.First.Timeline < pair.Second.Timeline)))
            ? throw new RecordException($"it is contradictory: epoch {card.Epoch} with lineage {string.Join(" ", card.Lineage)}")
            : card;
    }

    public static string Encode(SiteMove move)
    {
        ArgumentNullException.ThrowIfNull(move);
        return JsonSerializer.Serialize(
            new SiteMoveDocument
            {
                Format = SiteMove.CurrentFormat,
                Id = move.Id,
                Kind = Words.Of(move.Kind),
                From = move.From,
                To = move.To,
                State = Words.Of(move.State),
                AcceptDataLoss = move.AcceptDataLoss,
                Fenced = move.Fenced,
                RequestedBy = move.RequestedBy,
                RequestedAt = move.RequestedAt,
                Steps = [.. move.Steps.Select(step => new SiteStepDocument(Words.Of(step.Kind), Words.Of(step.State), step.StartedAt, step.Took, step.Detail))],
                StoppedTimeline = move.StoppedAt?.Timeline,
                StoppedLsn = move.StoppedAt?.Lsn.ToString(),
                TakenTimeline = move.TakenAt?.Timeline,
                TakenLsn = move.TakenAt?.Lsn.ToString(),
                Result = move.Result,
            },
            SiteDocumentContext.Default.SiteMoveDocument);
    }

    /// <exception cref="RecordException">It cannot be read; the message says why.</exception>
    public static SiteMove DecodeMove(string text)
    {
        var document = Read(text, SiteDocumentContext.Default.SiteMoveDocument, found => found.Format);
        return Sound(() => new SiteMove
        {
            Id = Said(document.Id, "id"),
            Kind = Parse<MoveKind>(document.Kind),
            From = Said(document.From, "from"),
            To = Said(document.To, "to"),
            State = Parse<MoveState>(document.State),
            AcceptDataLoss = document.AcceptDataLoss,
            Fenced = document.Fenced,
            RequestedBy = Said(document.RequestedBy, "requestedBy"),
            RequestedAt = document.RequestedAt,
            Steps =
            [
                .. document.Steps.Select(step => new MoveStep(
                    Parse<StepKind>(step.Step), Parse<StepState>(step.State), step.StartedAt, step.TookMs, step.Detail)),
            ],
            StoppedAt = Position(document.StoppedTimeline, document.StoppedLsn),
            TakenAt = Position(document.TakenTimeline, document.TakenLsn),
            Result = document.Result,
        });
    }

    private static T Parse<T>(string word)
        where T : struct, Enum =>
        Enum.GetValues<T>().Cast<T?>().FirstOrDefault(value => Words.Of(value!.Value) == word)
        ?? throw new RecordException($"'{word}' is not one of {string.Join(", ", Enum.GetValues<T>().Select(Words.Of))}");

    private static string Said(string? text, string field) =>
        string.IsNullOrEmpty(text) ? throw new RecordException($"it is contradictory: '{field}' is empty") : text;

    private static LogPosition? Position(uint? timeline, string? lsn) =>
        timeline is { } known && lsn is { } text ? new LogPosition(known, Lsn.Parse(text)) : null;

    private static T Read<T>(string text, JsonTypeInfo<T> type, Func<T, int> formatOf)
    {
        RecordCodec.RefuseOtherFormats(text);
        try
        {
            var document = JsonSerializer.Deserialize(text, type) ?? throw new RecordException("it is empty");
            return formatOf(document) == SiteRecord.CurrentFormat ? document : throw new RecordException($"it has format {formatOf(document)}");
        }
        catch (JsonException exception)
        {
            throw new RecordException($"it is corrupt ({exception.Message.Split('\n')[0]})", exception);
        }
    }

    private static T Sound<T>(Func<T> make)
    {
        try
        {
            return make();
        }
        catch (Exception exception) when (exception is FormatException or ArgumentException or NullReferenceException or OverflowException)
        {
            throw new RecordException($"it is corrupt ({exception.Message})", exception);
        }
    }
}
