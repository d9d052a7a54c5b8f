using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Holdfast.FailoverBench.Faults;
using Holdfast.FailoverBench.Systems;

namespace Holdfast.FailoverBench;

/// <summary>What the program was asked to do. The script <c>bench/failover/run</c> fills in the folder and the command.</summary>
internal sealed record Options
{
    private const string None = "none";

    /// <summary>Everything lives below it; made, and removed, by the script.</summary>
    public required string Folder { get; init; }
    /// <summary>The published <c>holdfast</c>; null only with <see cref="StopOnly"/>.</summary>
    public string? Command { get; init; }
    /// <summary>End what runs in the folder, and nothing else.</summary>
    public bool StopOnly { get; init; }
    /// <summary>Leave the last system up.</summary>
    public bool Keep { get; init; }
    /// <summary>In the order in which they are measured.</summary>
    public ImmutableArray<string> Systems { get; init; } = SystemCatalogue.Keys;
    /// <summary>Given before the systems, which are chosen among those of the kind.</summary>
    public StoreKind Kind { get; init; }
    public ImmutableArray<string> Faults { get; init; } = FaultKinds.Keys;
    public int Rounds { get; init; } = 10;
    /// <summary>Length of the look at idle agents; zero: none.</summary>
    public TimeSpan Idle { get; init; } = TimeSpan.FromSeconds(60);
    /// <summary>Length of each single run of pgbench; zero: the cost of commits is not measured.</summary>
    public TimeSpan Cost { get; init; } = TimeSpan.FromSeconds(5);
    /// <summary>Above zero: nothing but load for so long.</summary>
    public TimeSpan Load { get; init; }
    /// <summary>Processes that compute meanwhile, beside pgbench.</summary>
    public int Computing { get; init; } = Environment.ProcessorCount;

    /// <summary>Reads the command line. False: <paramref name="problem"/> says what is wrong and what would be right.</summary>
    public static bool TryParse(
        IReadOnlyList<string> arguments, [NotNullWhen(true)] out Options? options, [NotNullWhen(false)] out string? problem)
    {
        options = null;
        problem = null;
        var result = new Options { Folder = "" };
        for (var i = 0; i < arguments.Count && problem is null; i++)
        {
            var name = arguments[i];
            if (name == "--keep")
            {
                result = result with { Keep = true };
            }
            else if (++i >= arguments.Count)
            {
                problem = $"{name} needs a value, or is not an option; see --help";
            }
            else
            {
                result = result.With(name, arguments[i], out problem);
            }
        }

        problem ??= result is { Kind: StoreKind.Redis, Load.Ticks: > 0 } ? "--load-minutes: there is no such load for Redis" : null;
        problem ??= result.Folder.Length == 0 || (result.Command is null && !result.StopOnly)
            ? "--folder or --command is missing; start it by bench/failover/run, which sets them" : null;
        options = problem is null ? result : null;
        return options is not null;
    }

    private Options With(string name, string value, out string? problem)
    {
        problem = null;
        switch (name)
        {
            case "--folder": return this with { Folder = Path.GetFullPath(value) };
            case "--stop": return this with { Folder = Path.GetFullPath(value), StopOnly = true };
            case "--command": return this with { Command = Path.GetFullPath(value) };
            case "--engine": return OfKind(name, value, out problem);
            case "--systems": return this with { Systems = Chosen(name, value, SystemCatalogue.KeysOf(Kind), out problem) };
            case "--faults":
                return this with { Faults = value == None ? [] : Chosen(name, value, FaultKinds.Keys, out problem) };
            case "--rounds": return this with { Rounds = Number(name, value, 1, 1000, out problem) };
            case "--idle-seconds": return this with { Idle = TimeSpan.FromSeconds(Number(name, value, 0, 3600, out problem)) };
            case "--cost-seconds": return this with { Cost = TimeSpan.FromSeconds(Number(name, value, 0, 600, out problem)) };
            case "--load-minutes": return this with { Load = TimeSpan.FromMinutes(Number(name, value, 1, 10_000, out problem)) };
            case "--computing": return this with { Computing = Number(name, value, 0, 1000, out problem) };
            default:
                problem = $"'{name}' is not an option; see --help";
                return this;
        }
    }

    /// <summary>What pgbench measures is there for PostgreSQL alone.</summary>
    private Options OfKind(string name, string value, out string? problem)
    {
        var kinds = Enum.GetValues<StoreKind>().ToDictionary(kind => kind.ToString().ToLowerInvariant());
        problem = kinds.ContainsKey(value) ? null : $"{name}: '{value}' is unknown; there are {string.Join(", ", kinds.Keys)}";
        var kind = kinds.GetValueOrDefault(value);
        return this with { Kind = kind, Systems = SystemCatalogue.KeysOf(kind), Cost = kind == StoreKind.Redis ? TimeSpan.Zero : Cost };
    }

    private static ImmutableArray<string> Chosen(string name, string value, ImmutableArray<string> all, out string? problem)
    {
        var asked = value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var unknown = asked.Except(all).ToArray();
        problem = unknown.Length == 0 && asked.Length > 0
            ? null
            : $"{name}: '{(asked.Length == 0 ? value : string.Join(",", unknown))}' is unknown; there are {string.Join(", ", all)}";
        return [.. all.Where(asked.Contains)];
    }

    private static int Number(string name, string text, int least, int most, out string? problem)
    {
        var fits = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most;
        problem = fits ? null : $"{name}: '{text}' is not a whole number from {least} to {most}";
        return fits ? number : least;
    }
}
