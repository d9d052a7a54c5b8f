using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Holdfast.Quickstart.Faults;

namespace Holdfast.Quickstart;

/// <summary>What the program was asked to do. The script <c>./quickstart</c> fills in the folder and the command.</summary>
internal sealed record Options
{
    /// <summary>Everything lives below it; made, and removed, by the script.</summary>
    public required string Folder { get; init; }
    /// <summary>The published <c>holdfast</c>; null only with <see cref="StopOnly"/>.</summary>
    public string? Command { get; init; }
    public string? Json { get; init; }
    public bool Keep { get; init; }
    /// <summary>End what runs in the folder, and nothing else.</summary>
    public bool StopOnly { get; init; }
    /// <summary>In the order in which they are exercised.</summary>
    public ImmutableArray<string> Faults { get; init; } = FaultCatalogue.Names;
    public int Rounds { get; init; } = 1;
    public TimeSpan CoordinationLoss { get; init; } = TimeSpan.FromSeconds(15);
    public TimeSpan LinkCut { get; init; } = TimeSpan.FromSeconds(20);

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
                continue;
            }

            if (++i >= arguments.Count)
            {
                problem = name.StartsWith('-')
                    ? $"{name} needs a value, or is not an option; see --help"
                    : $"'{name}' is not an option; see --help";
                break;
            }

            result = result.With(name, arguments[i], out problem);
        }

        if (problem is null && result.Folder.Length == 0)
        {
            problem = "--folder is missing; start it by ./quickstart, which sets it";
        }
        else if (problem is null && result.Command is null && !result.StopOnly)
        {
            problem = "--command is missing; start it by ./quickstart, which sets it";
        }

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
            case "--json": return this with { Json = Path.GetFullPath(value) };
            case "--rounds": return Number(name, value, 1, 100, out problem) is { } rounds ? this with { Rounds = rounds } : this;
            case "--coordination-loss-seconds":
                return Number(name, value, 1, 3600, out problem) is { } away ? this with { CoordinationLoss = TimeSpan.FromSeconds(away) } : this;
            case "--link-cut-seconds":
                return Number(name, value, 4, 3600, out problem) is { } cut ? this with { LinkCut = TimeSpan.FromSeconds(cut) } : this;
            case "--only":
                var asked = value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
                var unknown = asked.Except(FaultCatalogue.Names).ToArray();
                if (unknown.Length == 0 && asked.Length > 0)
                {
                    return this with { Faults = [.. FaultCatalogue.Names.Where(asked.Contains)] };
                }

                problem = $"--only: '{string.Join(",", unknown)}' is not a fault; there are {string.Join(", ", FaultCatalogue.Names)}";
                return this;
            default:
                problem = $"'{name}' is not an option; see --help";
                return this;
        }
    }

    private static int? Number(string name, string text, int least, int most, out string? problem)
    {
        var fits = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most;
        problem = fits ? null : $"{name}: '{text}' is not a whole number from {least} to {most}";
        return fits ? number : null;
    }
}
