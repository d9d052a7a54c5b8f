using System.Collections.Immutable;
using System.CommandLine;
using System.Text.Json;
using Holdfast.Agent.Api.Verify;
using Holdfast.Cli.CommandLine;
using Holdfast.Cli.Files;
using Holdfast.Core.Topology;
using Holdfast.Verification;
using Holdfast.Verification.Results;
using Holdfast.Verification.Targets;

namespace Holdfast.Cli.Verify;

/// <summary><c>holdfast verify</c>.</summary>
internal sealed class VerifyVerb(CliContext context, FileChoice file)
{
    private readonly Argument<string?> _storeArgument = Shared.StoreArgument(file, "The store; the same as --store.");
    private readonly Option<string?> _store = Shared.Store(file, "The store, when the file has more than one.");
    private readonly Option<string?> _members = new("--members", "-m")
    {
        Description = "Compare these only, with commas between; at least two.",
        HelpName = "A,B",
    };

    private readonly Option<bool> _sites = new("--sites") { Description = "Compare one member of each site: the primary, and one of each other site." };
    private readonly Option<string[]> _tables = new("--table", "-t")
    {
        Description = "Only tables of this name, or schema.name; * stands for anything. May be given more than once.",
        HelpName = "PATTERN",
    };
    private readonly Option<string[]> _databases = new("--database", "-d")
    {
        Description = "Only this database, in Redis its number. May be given more than once.",
        HelpName = "NAME",
    };
    private readonly Option<int?> _jobs = new("--jobs", "-j")
    {
        Description = "Chunks to compare at the same time. Default: 1, unthrottled 4.",
        HelpName = "N",
    };

    private readonly Option<string> _throttle = new("--throttle")
    {
        Description = "The share of time in which each job may read, or bytes per second, or both with a comma. Default: 5%.",
        HelpName = "5%|50MB/s",
        DefaultValueFactory = _ => "5%",
    };
    private readonly Option<bool> _unthrottled = new("--unthrottled") { Description = "As fast as it goes." };
    private readonly Option<bool> _resume = new("--resume") { Description = "Go on where an interrupted comparison ended." };
    private readonly Option<string?> _state = new("--state")
    {
        Description = "Where to keep how far it is. Default: ~/.holdfast/SYSTEM.STORE.verify.json.",
        HelpName = "FILE",
    };
    private readonly Option<bool> _json = new("--json") { Description = "Print the result as JSON, and no progress." };

    public Command Build()
    {
        var verb = new VerbCommand("verify", "compare the members of a store, and prove them equal or name the rows or keys that differ")
        {
            Details =
            [
                "Reads all tables, sequences and large objects, or all keys, of all databases on each member, chunk by chunk, and compares hashes. " +
                "A chunk that differs, because a standby is a moment behind or because rows are being written, is looked at again and more closely, until it " +
                "agrees or the rows are proven different; those are named with table, key and columns. Of a key its type, its value and when it expires " +
                "are compared. Nothing is written anywhere.",
                "It reads in short statements and rests in between, so that production hardly notices; --unthrottled does not rest. " +
                "When it is interrupted, --resume goes on where it was.",
            ],
            Examples =
            [
                ("holdfast verify", "all members of the only store"),
                ("holdfast verify --sites --unthrottled --jobs 4", "one member of each site, as fast as it goes"),
                ("holdfast verify --table 'public.order*' --json", "some tables, for a script"),
            ],
            ExitCodes =
            [
                (ExitCode.Done, "equal"), (ExitCode.Different, "at least one difference; each is a line"),
                (ExitCode.NotCompared, "not everything could be compared; no difference was found in the rest"),
            ],
        };
        Shared.RefuseOptions(_storeArgument);
        verb.Add(_storeArgument);
        foreach (Option option in (Option[])[_store, _members, _sites, _tables, _databases, _jobs, _throttle, _unthrottled, _resume, _state, _json])
        {
            verb.Add(option);
        }

        verb.SetAction(RunAsync);
        return verb;
    }

    private async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        var options = Options(parse);
        var system = file.Load(parse);
        var store = Store(system, parse);
        var place = StateFile.Of(parse.GetValue(_state), system.Name, store.Name, context.Environment);
        var resumed = parse.GetValue(_resume) ? place.Load() : null;
        var targets = ImmutableArray<IVerifyTarget>.Empty;
        var screen = parse.GetValue(_json) ? null : new VerifyScreen(context.Terminal, context.Time);
        try
        {
            targets = await TargetsAsync(system, store, parse, cancellationToken);
            screen?.Begin(store.Name, targets.Select(target => target.Member), options);
            var verifier = new Verifier(new VerifySubject(system.Name, store.Name), targets, options, context.Time, screen, place.Save);
            var result = await verifier.RunAsync(resumed, cancellationToken);
            place.Delete();
            Show(result, screen);
            return result.Verdict switch
            {
                VerifyVerdict.Equal => ExitCode.Done,
                VerifyVerdict.Different => ExitCode.Different,
                _ => ExitCode.NotCompared,
            };
        }
        catch (VerifyException fault)
        {
            screen?.EndLine();
            throw new CliException(ExitCode.NotCompared, $"not compared: {fault.Message}");
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            screen?.EndLine();
            throw new CliException(ExitCode.Interrupted, "interrupted; 'holdfast verify --resume' goes on from here");
        }
        finally
        {
            foreach (var target in targets)
            {
                await target.DisposeAsync();
            }
        }
    }

    private void Show(VerifyResult result, VerifyScreen? screen)
    {
        if (screen is null)
        {
            context.Terminal.Plain(JsonSerializer.Serialize(result, VerifyJson.Plain.VerifyResult));
        }
        else
        {
            screen.End(result);
        }
    }

    private VerifyOptions Options(ParseResult parse)
    {
        var options = new VerifyOptions
        {
            Jobs = parse.GetValue(_jobs) ?? (parse.GetValue(_unthrottled) ? 4 : 1),
            Tables = [.. parse.GetValue(_tables) ?? []],
            Databases = [.. parse.GetValue(_databases) ?? []],
        };
        if (options.Jobs is < 1 or > 32)
        {
            throw new CliException(ExitCode.Usage, "--jobs is a number from 1 to 32");
        }

        if (!parse.GetValue(_unthrottled))
        {
            return Throttle.Apply(options, parse.GetValue(_throttle)!);
        }

        return parse.GetResult(_throttle) is { Implicit: false }
            ? throw new CliException(ExitCode.Usage, "--throttle and --unthrottled do not go together")
            : options with { Share = 1, ChunkBytes = 2 * options.ChunkBytes };
    }

    private StoreSpec Store(SystemSpec system, ParseResult parse)
    {
        var (positional, named) = (parse.GetValue(_storeArgument), parse.GetValue(_store));
        if (positional is not null && named is not null && positional != named)
        {
            throw new CliException(ExitCode.Usage, $"two stores are named, {positional} and {named}; name one");
        }

        var names = string.Join(", ", system.Stores.Keys.Order(StringComparer.Ordinal));
        return (positional ?? named) is { } name
            ? system.Stores.GetValueOrDefault(name) ?? throw new CliException(ExitCode.Usage, $"there is no store '{name}'; the stores are: {names}")
            : system.Stores.Count == 1 ? system.Stores.Values.First()
            : throw new CliException(ExitCode.Usage, $"the file has more than one store; name one with --store: {names}");
    }

    /// <summary>Who is not there at the start is not waited for, as one that restarts meanwhile is.</summary>
    private async Task RequireAnswersAsync(SystemSpec system, List<MemberSpec> members, CancellationToken cancellationToken)
    {
        await Task.WhenAll(members.Select(async member =>
        {
            await using var target = new HttpVerifyTarget(system, member, context.Time, TimeSpan.Zero);
            await target.LookAsync(cancellationToken);
        }));
    }

    private async Task<ImmutableArray<IVerifyTarget>> TargetsAsync(
        SystemSpec system, StoreSpec store, ParseResult parse, CancellationToken cancellationToken)
    {
        var chosen = store.Members.Values.ToList();
        if (parse.GetValue(_members) is { } list)
        {
            if (parse.GetValue(_sites))
            {
                throw new CliException(ExitCode.Usage, "--members and --sites do not go together");
            }

            chosen = [.. list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Distinct().Select(Named)];
        }
        else if (parse.GetValue(_sites))
        {
            chosen = await SiteMembers.ChooseAsync(system, store, context.Time, cancellationToken);
        }

        if (chosen.Count < 2)
        {
            throw new CliException(ExitCode.Usage, "a comparison needs two members; see --members");
        }

        await RequireAnswersAsync(system, chosen, cancellationToken);
        return [.. chosen.Select(member => new HttpVerifyTarget(system, member, context.Time))];

        MemberSpec Named(string name) => store.Members.GetValueOrDefault(name)
            ?? throw new CliException(ExitCode.Usage, $"'{name}' is not a member of {store.Name}; its members are: {string.Join(", ", store.Members.Keys)}");
    }
}
