using System.Globalization;
using Holdfast.Agent.Backup;
using Holdfast.Cli.Client;
using Holdfast.Cli.CommandLine;
using Holdfast.Cli.Status;
using Holdfast.Cli.Terminals;
using Holdfast.Core.Topology;
using Holdfast.Engines.Backup;
using Holdfast.Engines.Hosting;

namespace Holdfast.Cli.Backup;

/// <summary><c>holdfast restore --in-place</c> and <c>--take-back</c>.</summary>
internal sealed class RestoreInPlace(CliContext context, SystemSpec system, string? storeName, bool noWait)
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(500);
    /// <summary>How long nobody may answer before nobody is waited for any more.</summary>
    private static readonly TimeSpan SilenceLimit = TimeSpan.FromMinutes(2);

    public async Task<int> RunAsync(RestoreRequest request, bool dryRun, bool yes, CancellationToken cancellationToken)
    {
        using var client = new AgentClient(system, context.Time);
        var group = await Group.OneAsync(client, system, storeName, site: null, member: null, cancellationToken);
        var picture = await GroupPicture.TakeAsync(client, group, AgentClient.ReadLimit, cancellationToken);
        var primary = group.Members.FirstOrDefault(member => member.Name == picture.Status.Primary)
            ?? throw new CliException(ExitCode.Failed, $"{group.Name} has no primary now; see 'holdfast status'");
        var offer = await AskAsync(client, primary, request, dryRun: true, cancellationToken);
        if (dryRun)
        {
            foreach (var sentence in Intent(offer))
            {
                context.Terminal.Plain(sentence);
            }

            context.Terminal.Plain("Nothing was done.");
            return ExitCode.Done;
        }

        await Question.ConfirmAsync(context.Terminal, yes, Intent(offer), cancellationToken);
        var begun = await AskAsync(client, primary, request, dryRun: false, cancellationToken);
        if (noWait)
        {
            context.Terminal.Plain($"{begun.Member} restores {begun.Store}; follow it with 'holdfast status --watch'");
            return ExitCode.Done;
        }

        try
        {
            await FollowAsync(client, group, begun, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw new CliException(
                ExitCode.Interrupted,
                $"interrupted; the restore goes on at {begun.Member}: see 'holdfast status --watch'. To end it: holdfast restore --take-back");
        }

        context.Terminal.Line(Terminal.Styled(Terminal.Safe($"{begun.Store} is restored up to {begun.Aim}, and serves at {begun.Member}"), "green"));
        context.Terminal.Plain($"What it was before is kept on the host of {begun.Member}. When nobody needs it any more, remove it there:");
        context.Terminal.Plain($"  rm -r {ShellText.Word(begun.SetAside)}");
        context.Terminal.Plain("The standbys are being cloned anew; until then there is one copy: holdfast status --watch");
        return ExitCode.Done;
    }

    public async Task<int> TakeBackAsync(bool yes, CancellationToken cancellationToken)
    {
        using var client = new AgentClient(system, context.Time);
        var group = await Group.OneAsync(client, system, storeName, site: null, member: null, cancellationToken);
        await Question.ConfirmAsync(
            context.Terminal, yes, [$"The restore of {group.Name} that is under way ends, and the store is as it was before."], cancellationToken);
        var (_, result) = await ChangeRequest.SendAsync(client, group.Members, "v1/restore/take-back", body: null, cancellationToken);
        context.Terminal.Plain(result.Message);
        return ExitCode.Done;
    }

    private static async Task<RestoreOffer> AskAsync(
        AgentClient client, MemberSpec primary, RestoreRequest request, bool dryRun, CancellationToken cancellationToken)
    {
        var body = ChangeRequest.Body(
            ("kind", request.Kind.ToString().ToLowerInvariant()), ("value", request.Value.Length == 0 ? null : request.Value), ("backup", request.Backup),
            ("timeline", request.Timeline?.ToString(CultureInfo.InvariantCulture)), ("dryRun", dryRun));
        var answer = await client.RestoreAsync(primary, body, cancellationToken);
        return answer.Value ?? throw new CliException(
            ExitCode.Failed,
            $"{primary.Name}: {answer.Problem}" +
            (answer.Status is null && !answer.NotSent && !dryRun ? "; it may have begun: look at 'holdfast status' before you ask again" : ""));
    }

    private static IEnumerable<string> Intent(RestoreOffer offer)
    {
        var ended = DateTimeOffset.FromUnixTimeSeconds(offer.EndedAt).ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        yield return $"Restore in place of {offer.Store} up to {offer.Aim}, by {offer.Member}, from backup {offer.Backup} (ended {ended}, " +
            $"{Amounts.Bytes(offer.Bytes)}) and the log of timeline {offer.Timeline}.";
        yield return $"NOBODY CAN USE {offer.Store} UNTIL IT IS DONE, AND WHAT WAS COMMITTED AFTER THAT MOMENT IS NOT IN IT ANY MORE.";
        yield return $"{offer.Data} is kept as {offer.SetAside} until you remove it. The standbys are cloned anew.";
    }

    private async Task FollowAsync(AgentClient client, Group group, RestoreOffer begun, CancellationToken cancellationToken)
    {
        var progress = new Progress(context.Terminal, context.Time);
        var heard = context.Time.GetTimestamp();
        var restorer = group.Members.First(member => member.Name == begun.Member);
        try
        {
            using var timer = new PeriodicTimer(LookInterval, context.Time);
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                var seen = await LookAsync(client, group, restorer, cancellationToken);
                if (seen is null)
                {
                    progress.Show("no agent answers");
                    if (context.Time.GetElapsedTime(heard) > SilenceLimit)
                    {
                        throw new CliException(ExitCode.Failed, "no agent answers any more; look later at 'holdfast status'");
                    }

                    continue;
                }

                heard = context.Time.GetTimestamp();
                if (seen.RestoredIn == begun.Epoch)
                {
                    var picture = await GroupPicture.TakeAsync(client, group, AgentClient.ReadLimit, cancellationToken);
                    if (picture.Primary is { Healthy: true })
                    {
                        return;
                    }

                    progress.Show("waiting until it serves");
                }
                else if (seen.Restorer is null || seen.Epoch > begun.Epoch)
                {
                    throw new CliException(
                        ExitCode.Failed, $"the restore was taken back, and {begun.Store} is as it was before" + (seen.Failure is { } why ? $": {why}" : ""));
                }
                else
                {
                    progress.Show(seen.Job ?? $"{seen.Restorer} restores the store");
                }
            }
        }
        finally
        {
            progress.End();
        }
    }

    /// <summary>The restoring member's own word, if it has one.</summary>
    private static async Task<RestoreStatus?> LookAsync(AgentClient client, Group group, MemberSpec restorer, CancellationToken cancellationToken)
    {
        foreach (var member in group.Members.OrderByDescending(member => member == restorer))
        {
            if ((await client.RestoreStatusAsync(member, cancellationToken)).Value is { } status)
            {
                return status;
            }
        }

        return null;
    }
}
