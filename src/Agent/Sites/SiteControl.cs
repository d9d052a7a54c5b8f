using System.Collections.Immutable;
using Holdfast.Agent.Api;
using Holdfast.Agent.Api.Sites;
using Holdfast.Agent.Records;
using Holdfast.Coordination;
using Holdfast.Coordination.Mirror;
using Holdfast.Core.Failover;
using Holdfast.Core.Sites;

namespace Holdfast.Agent.Sites;

/// <summary>Carries out what the API asks about sites: a move is written into the global scope, where the sites' leaders act on it by rule.</summary>
internal sealed class SiteControl(SiteKeys keys, SitePolicy policy, ICoordination global, PrefixMirror mirror, TimeProvider time, Func<string> newId)
{
    private const int KeptInList = 50;

    public async Task<CommandResult> RequestAsync(SiteMoveRequest request, CancellationToken cancellationToken)
    {
        var picture = SitePicture.Read(keys, policy, (await mirror.ReadNowAsync(cancellationToken)).Keys);
        if (picture.State != RecordState.Present || picture.Record is not { } record)
        {
            return new CommandResult(false, picture.Problem ?? "there is no site record yet: the store's first group must be born first");
        }

        var kind = Enum.Parse<Core.Sites.MoveKind>(request.Kind, ignoreCase: true);
        if (IsWaiting(record, request))
        {
            return await AcceptLossAsync(picture, record, request, cancellationToken);
        }

        if (Refusal(picture, record, kind, request) is { } refusal)
        {
            return new CommandResult(false, refusal);
        }

        var from = record.ActiveSite;
        var now = time.GetUtcNow();
        var id = $"{now:yyyyMMdd'T'HHmmss'Z'}-{request.Kind}-{newId()[..8]}";
        var move = new SiteMove
        {
            Id = id,
            Kind = kind,
            From = from,
            To = request.To,
            AcceptDataLoss = request.AcceptDataLoss,
            Fenced = request.Fenced,
            RequestedBy = request.RequestedBy,
            RequestedAt = now.ToUnixTimeMilliseconds(),
            Steps = SiteMove.StepsOf(kind, policy.HookBefore, policy.HookAfter, policy.Compares),
        };
        return await WriteAsync(
            SiteTransactions.WriteBoth(keys, picture, record.Begin(id), move),
            new CommandResult(true, $"{request.Kind} from {from} to {request.To} requested", id), cancellationToken);
    }

    /// <summary>The move that is on its way and those that have ended, newest first.</summary>
    public async Task<ImmutableArray<SiteMoveStatus>> MovesAsync(CancellationToken cancellationToken)
    {
        var found = (await mirror.ReadNowAsync(cancellationToken)).Keys;
        var picture = SitePicture.Read(keys, policy, found);
        var moves = ImmutableArray.CreateBuilder<SiteMoveStatus>();
        if (picture.Move is { State: Core.Sites.MoveState.Running } running)
        {
            moves.Add(StatusOf(running));
        }

        foreach (var stored in found.Where(pair => pair.Key.StartsWith(keys.HistoryPrefix, StringComparison.Ordinal)))
        {
            try
            {
                moves.Add(StatusOf(SiteCodec.DecodeMove(stored.Value.Text)));
            }
            catch (RecordException)
            {
                // One entry of the history that cannot be read must not hide the others.
                continue;
            }
        }

        return [.. moves.OrderByDescending(move => move.RequestedAt).Take(KeptInList)];
    }

    public static SiteMoveStatus StatusOf(SiteMove move) => new()
    {
        Id = move.Id,
        Kind = Words.Of(move.Kind),
        From = move.From,
        To = move.To,
        State = Words.Of(move.State),
        Result = move.Result,
        RequestedBy = move.RequestedBy,
        RequestedAt = At(move.RequestedAt),
        AcceptDataLoss = move.AcceptDataLoss,
        Fenced = move.Fenced,
        StoppedLsn = move.StoppedAt?.ToString(),
        Steps =
        [
            .. move.Steps.Select(step => new SiteStepStatus(
                Words.Of(step.Kind), Words.Of(step.State), At(step.StartedAt), step.Took, step.Detail)),
        ],
    };

    /// <summary>
    /// The site is the active one already, and waits for what its first primary must have (SITE.short): an operator accepts that it goes on without.
    /// </summary>
    private static bool IsWaiting(SiteRecord record, SiteMoveRequest request) =>
        request is { Kind: "failover", AcceptDataLoss: true } && record.ActiveSite == request.To && record.Owed is not null;

    private Task<CommandResult> AcceptLossAsync(SitePicture picture, SiteRecord record, SiteMoveRequest request, CancellationToken cancellationToken)
    {
        // The move that took the store, unless another has been asked for since: then the record alone says it.
        var taking = picture.Move is { State: Core.Sites.MoveState.Running, IsUnserved: true } move && move.Id == record.MoveId && move.To == request.To
            ? move
            : null;
        var accepted = taking is null ? picture.Move
            : taking with { AcceptDataLoss = true, RequestedBy = $"{taking.RequestedBy}, loss accepted by {request.RequestedBy}" };
        return WriteAsync(
            SiteTransactions.WriteBoth(keys, picture, record with { Owed = null }, accepted),
            new CommandResult(true, $"{request.To} goes on with what is there", taking?.Id), cancellationToken);
    }

    /// <param name="done">What is said when it was written.</param>
    private async Task<CommandResult> WriteAsync(Transaction transaction, CommandResult done, CancellationToken cancellationToken)
    {
        var result = await global.TransactAsync(transaction, cancellationToken);
        await mirror.ReadNowAsync(cancellationToken);
        return result.Succeeded ? done : new CommandResult(false, "something changed at this very moment: look at 'holdfast status' and try again");
    }

    private static string? Refusal(SitePicture picture, SiteRecord record, Core.Sites.MoveKind kind, SiteMoveRequest request) =>
        record.State == SiteState.Moving && picture.Move is { State: Core.Sites.MoveState.Running } running && !TakesBack(record, running, kind, request)
            ? $"a {Words.Of(running.Kind)} to {running.To} is on its way ({Words.Of(running.Current?.Kind ?? StepKind.Verify)}): wait for it"
        : record.ActiveSite == request.To ? $"{request.To} is the active site already"
        : request.Fenced is not null && kind != Core.Sites.MoveKind.Failover ? "only a failover takes --fenced: in a planned move the old site stops by itself"
        : null;

    /// <summary>
    /// The site that the store was named for has had no primary yet, and may never have one. Whether it lives is asked by the failover's own check,
    /// as with any site that is to be taken over from.
    /// </summary>
    private static bool TakesBack(SiteRecord record, SiteMove running, Core.Sites.MoveKind kind, SiteMoveRequest request) =>
        kind == Core.Sites.MoveKind.Failover && running.IsUnserved && running.Id == record.MoveId && record.ActiveSite == running.To &&
        request.To == running.From;

    private static DateTimeOffset? At(long? milliseconds) => milliseconds is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null;
}
