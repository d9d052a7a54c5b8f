using System.CommandLine;
using Holdfast.Cli.CommandLine;
using Holdfast.Cli.Files;
using Holdfast.Core.Sites;

namespace Holdfast.Cli.Sites;

/// <summary><c>holdfast failback</c>.</summary>
internal sealed class FailbackVerb(CliContext context, FileChoice file)
{
    private readonly Option<string?> _to = Shared.Site(file, "--to", "The site to go back to. Default: each store's preferred site.");
    private readonly Option<string?> _store = Shared.Store(file, "Only this store. Default: all that have two sites, one after another.");
    private readonly Option<bool> _yes = Shared.Yes();
    private readonly SiteMoveCommand _move = new(context);

    public Command Build()
    {
        var verb = new VerbCommand("failback", "go back to the site that was active, after it has returned and was verified")
        {
            Details =
            [
                "For a store with two sites, after a failover. The returned site follows again by itself. Failback first compares both sites by " +
                "checksum, where members of this kind can be compared, and ends there if they differ; then it is a planned switchover without loss.",
                SiteMoveCommand.OnSites,
            ],
            Examples =
            [
                ("holdfast failback --dry-run", "what would be done, and may it be done now?"),
                ("holdfast failback --yes", "to the preferred site, without asking"),
            ],
            ExitCodes = [(ExitCode.Done, "the preferred site serves"), SiteMoveCommand.Refused],
        };
        foreach (var option in new Option[] { _to, _store, _move.DryRun, _yes, _move.Json })
        {
            verb.Add(option);
        }

        verb.SetAction((parse, cancellationToken) =>
        {
            var system = file.Load(parse);
            var to = parse.GetValue(_to);
            var stores = MoveOrder.StoresOf(system, parse.GetValue(_store), to);
            return _move.RunAsync(
                system, [.. stores.Select(store => (store, new MoveIntent(MoveKind.Failback, to ?? store.FirstSite)))], parse, parse.GetValue(_yes),
                cancellationToken);
        });
        return verb;
    }
}
