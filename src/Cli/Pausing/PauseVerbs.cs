using System.CommandLine;
using Holdfast.Cli.Client;
using Holdfast.Cli.CommandLine;
using Holdfast.Cli.Files;
using Holdfast.Cli.Terminals;

namespace Holdfast.Cli.Pausing;

/// <summary><c>holdfast pause</c> and <c>holdfast resume</c>.</summary>
internal sealed class PauseVerbs(CliContext context, FileChoice file)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    public VerbCommand BuildPause() => Build(paused: true, new VerbCommand("pause", "stop all automatic actions, for maintenance by hand")
    {
        Details =
        [
            "While paused nothing is promoted, demoted or restarted, whatever happens to the primary. " +
            "The servers, replication and the health endpoints go on. Do not forget 'holdfast resume'.",
        ],
        Examples = [("holdfast pause --yes", "before work on a host that must not cause a failover")],
        ExitCodes = [(ExitCode.Done, "paused, or it was already")],
    });

    public VerbCommand BuildResume() => Build(paused: false, new VerbCommand("resume", "let Holdfast act by itself again")
    {
        Details = ["Ends pause mode. What has happened in the meantime is dealt with at once: a primary that is gone is failed over now."],
        Examples = [("holdfast resume", "asks first")],
        ExitCodes = [(ExitCode.Done, "automatic again, or it was already")],
    });

    private VerbCommand Build(bool paused, VerbCommand verb)
    {
        var (store, yes) = (Shared.Store(file, "The store, when the file has more than one."), Shared.Yes());
        var site = Shared.Site(file, "--site", "The group at this site, of a store with two. Default: the active site's.");
        verb.Add(store);
        verb.Add(site);
        verb.Add(yes);
        verb.SetAction((parse, cancellationToken) => RunAsync(
            paused, file.Load(parse), parse.GetValue(store), parse.GetValue(site), parse.GetValue(yes), cancellationToken));
        return verb;
    }

    private async Task<int> RunAsync(
        bool paused, Core.Topology.SystemSpec system, string? store, string? site, bool yes, CancellationToken cancellationToken)
    {
        using var client = new AgentClient(system, context.Time);
        var group = await Group.OneAsync(client, system, store, site, member: null, cancellationToken);
        var before = await GroupPicture.TakeAsync(client, group, AgentClient.ReadLimit, cancellationToken);
        if (before.SomebodyAnswered && before.Status.Paused == paused)
        {
            context.Terminal.Plain($"{group.Name} is {(paused ? "paused" : "automatic")} already");
            return ExitCode.Done;
        }

        await Question.ConfirmAsync(context.Terminal, yes,
        [
            paused
                ? $"Pause of {group.Name}: nothing is promoted, demoted or restarted until 'holdfast resume', even if the primary dies."
                : $"Resume of {group.Name}: Holdfast acts by itself again, at once.",
        ], cancellationToken);
        await ChangeRequest.SendAsync(client, before.Askable, paused ? "v1/pause" : "v1/resume", body: null, cancellationToken);

        var began = context.Time.GetTimestamp();
        while ((await GroupPicture.TakeAsync(client, group, AgentClient.ReadLimit, cancellationToken)).Status.Paused != paused)
        {
            if (context.Time.GetElapsedTime(began) > Limit)
            {
                throw new CliException(
                    ExitCode.Failed,
                    $"the request was taken, but {group.Name} does not show it after {Limit.TotalSeconds:0} s; look at 'holdfast status'");
            }

            await Task.Delay(Interval, context.Time, cancellationToken);
        }

        context.Terminal.Line(Terminal.Styled($"{group.Name} is {(paused ? "paused" : "automatic again")}", paused ? "yellow" : "green"));
        return ExitCode.Done;
    }
}
