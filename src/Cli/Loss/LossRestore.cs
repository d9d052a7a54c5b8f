using System.Globalization;
using System.Text.Json;
using Holdfast.Cli.Client;
using Holdfast.Cli.CommandLine;
using Holdfast.Cli.Terminals;
using Holdfast.Configuration.Kinds;
using Holdfast.Core.Loss;
using Holdfast.Core.Topology;
using Holdfast.Engines.Loss;

namespace Holdfast.Cli.Loss;

/// <summary><c>holdfast loss --restore</c>.</summary>
internal sealed class LossRestore(CliContext context, AgentClient client, bool json)
{
    public const string Note =
        "A key that the present primary removed before the report was made looks like a lost one, and would be brought back: what was deleted, a " +
        "session that was ended, say, comes back then.";

    private const int Indent = 2;
    private const int Labels = 12;

    /// <exception cref="CliException">What such a store lost is brought back otherwise, or the store must be named.</exception>
    public static void RequireAble(SystemSpec system, string? name)
    {
        var stores = Group.All(system, name).Select(group => group.Store).Distinct().ToList();
        if (stores.Count > 1)
        {
            throw new CliException(
                ExitCode.Usage,
                $"--restore is for one store; name one of {string.Join(", ", stores.Select(store => store.Name).Order(StringComparer.Ordinal))}");
        }

        if (EngineKinds.Of(stores[0].Kind).LossRemedy is { } remedy)
        {
            throw new CliException(
                ExitCode.Failed,
                $"what {stores[0].Name} lost is not brought back by --restore; {string.Format(CultureInfo.InvariantCulture, remedy, stores[0].Name)}");
        }
    }

    /// <summary>Null: there is nothing to bring back, or no command that does.</summary>
    public static string? CommandFor(StoreSpec store, MemberSpec agent, LossReport report) =>
        report is { IsDecoded: true, Changes: > 0 } && EngineKinds.Of(store.Kind).LossRemedy is null
            ? $"'holdfast loss {store.Name} --member {agent.Name} --report {report.Id} --restore'" : null;

    public async Task<int> RunAsync(
        MemberSpec agent, StoreSpec store, LossReport report, bool dryRun, bool yes, CancellationToken cancellationToken)
    {
        string[] intent =
        [
            $"{(dryRun ? "Look which" : "Bring")} keys {(dryRun ? "would be brought " : "")}back to the present primary of {store.Name} that " +
            $"{agent.Name} alone had: report {report.Id}, made {report.MadeAt}, {Number(report.Changes)} " +
            $"{(report.Changes == 1 ? "key" : "keys")} listed{(report.IsComplete ? "" : ", and more")}.",
            "A key that is there is left as it is, whatever its value.",
            Note,
        ];
        if (!json)
        {
            await Question.ConfirmAsync(context.Terminal, yes || dryRun, intent, cancellationToken);
        }

        var done = await FollowAsync(agent, report.Id, dryRun, cancellationToken);
        if (json)
        {
            context.Terminal.Plain(JsonSerializer.Serialize(done, LossJson.Plain.LossRestored));
        }
        else
        {
            Print(done);
        }

        if (done.Problem is { } problem)
        {
            throw new CliException(ExitCode.Failed, problem);
        }

        return done.Failed.Count > 0 ? ExitCode.Failed : ExitCode.Done;
    }

    private async Task<LossRestored> FollowAsync(MemberSpec agent, string id, bool dryRun, CancellationToken cancellationToken)
    {
        var progress = new Progress(context.Terminal, context.Time);
        try
        {
            return await client.RestoreLossAsync(agent, id, dryRun, what => Show(progress, what), cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw new CliException(
                ExitCode.Interrupted,
                dryRun ? "interrupted; nothing was written" : "interrupted; what was brought back until then stays: run it again for the rest");
        }
        finally
        {
            progress.End();
        }
    }

    private void Show(Progress progress, string what)
    {
        if (!json)
        {
            progress.Show(what);
        }
    }

    private void Print(LossRestored done)
    {
        context.Terminal.Plain($"{done.Store}: from {done.Member} to the present primary, {done.Primary}");
        Tell(done.IsDryRun ? "would bring" : "brought back", done.Restored, "");
        Tell("there, same", done.Same, "left as they are");
        Tell("there, other", done.Other, "left as they are (which value is newer cannot be told)");
        Tell("removed", done.Removed, $"not brought back: {done.Primary} had them otherwise when the report was made");
        Tell("expired", done.Expired, "not brought back");
        Tell("failed", done.Failed, "");
        if (done.IsDryRun)
        {
            context.Terminal.Plain("Nothing was done.");
        }
    }

    private void Tell(string label, KeyTally keys, string meaning)
    {
        var names = keys.First.Select(Name);
        var more = keys.Count > keys.First.Length ? names.Append("…") : names;
        var text = string.Join(", ", more);
        var what = $"{Number(keys.Count)}{(keys.Count == 0 ? "" : $"{(meaning.Length == 0 ? "" : $", {meaning}")}: {text}")}";
        foreach (var line in TextFlow.Hanging(label, what, Indent, Labels + Indent, context.Terminal.Width))
        {
            context.Terminal.Plain(line);
        }
    }

    private static string Name(NamedKey key) =>
        $"{(key.Database == "0" ? "" : $"database {key.Database} ")}{LossText.Short(key.Key)}{(key.Why is { } why ? $" ({why})" : "")}";

    private static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
