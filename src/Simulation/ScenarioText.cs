using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Holdfast.Core.Topology;
using Holdfast.Simulation.Faults;

namespace Holdfast.Simulation;

/// <summary>A scenario file is not as it should be; the message says in which line and why.</summary>
internal sealed class ScenarioException : Exception
{
    public ScenarioException(string message) : base(message) { }
    public ScenarioException() { }
    public ScenarioException(string message, Exception innerException) : base(message, innerException) { }
}

/// <summary>Scenarios as short text files, one thing a line.</summary>
internal static class ScenarioText
{
    public static string Write(Scenario scenario)
    {
        var text = new StringBuilder();
        var weather = scenario.Weather;
        text.Append(CultureInfo.InvariantCulture, $"members {scenario.Members}\nstore {(scenario.ZeroLoss ? "zero-loss" : "lossy")}\nacks {scenario.Acks}\n");
        text.Append(scenario.ZeroLoss || scenario.Second is not null ? "" : string.Create(CultureInfo.InvariantCulture, $"host-rpo {scenario.HostRpoMs}\n"));
        text.Append(CultureInfo.InvariantCulture, $"unprotected {(scenario.Stalls ? "stall" : "allow")}\n");
        text.Append(CultureInfo.InvariantCulture, $"begins {(scenario.FromNothing ? "unborn" : "healthy")}\n");
        text.Append(CultureInfo.InvariantCulture, $"noise {scenario.Noise}\ncalm-from {scenario.CalmFromMs}\n");
        text.Append(CultureInfo.InvariantCulture, $"weather {weather.LateCalls} {weather.LostAnswers} {weather.LateNews} {weather.FreezesInCalls}\n");
        if (scenario.Second is { } second)
        {
            Write(text, second);
        }

        foreach (var fault in scenario.Faults)
        {
            text.Append(CultureInfo.InvariantCulture, $"at {fault.AtMs} {Write(fault)}\n");
        }

        return text.ToString();
    }

    private static void Write(StringBuilder text, SecondSite second)
    {
        text.Append(CultureInfo.InvariantCulture, $"second-site {second.Members}\ncoordination {(second.Separate ? "separate" : "stretched")}\n");
        text.Append(CultureInfo.InvariantCulture, $"isolation {(second.Isolation == IsolationPolicy.Continue ? "continue" : "fence")}\n");
        text.Append(CultureInfo.InvariantCulture, $"site-failover {(second.Failover == SiteFailoverPolicy.Automatic ? "automatic" : "manual")}\n");
        text.Append(CultureInfo.InvariantCulture, $"rpo {second.RpoMs}\nhooks {(second.HookBefore, second.HookAfter) switch
        {
            (true, true) => "before,after",
            (true, false) => "before",
            (false, true) => "after",
            _ => "none",
        }}\nclocks {(second.ClocksApart ? "apart" : "near")}\n");
    }

    public static string Write(Fault fault)
    {
        var text = new StringBuilder(Words(fault.Kind));
        text.Append(fault.Victim.Length == 0 ? "" : $" {fault.Victim}");
        text.Append(fault.Others.IsDefaultOrEmpty ? "" : $" with {string.Join(',', fault.Others)}");
        text.Append(fault.By == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" by {fault.By}"));
        text.Append(fault.ForMs == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" for {fault.ForMs}"));
        return text.ToString();
    }

    /// <exception cref="ScenarioException">A line cannot be understood.</exception>
    public static Scenario Read(string text)
    {
        var scenario = new Scenario { Noise = 0 };
        var faults = ImmutableArray.CreateBuilder<Fault>();
        var number = 0;
        foreach (var line in text.Split('\n'))
        {
            number++;
            var words = line.Split('#')[0].Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (words.Length == 0)
            {
                continue;
            }

            try
            {
                if (words[0] == "at")
                {
                    faults.Add(ReadFault(words));
                }
                else
                {
                    scenario = Setting(scenario, words);
                }
            }
            catch (Exception exception) when (exception is FormatException or OverflowException or IndexOutOfRangeException or ArgumentException)
            {
                throw new ScenarioException($"line {number}: '{line.Trim()}' cannot be understood ({exception.Message}); see holdfast-sim --help", exception);
            }
        }

        return scenario with { Faults = [.. faults.OrderBy(fault => fault.AtMs)] };
    }

    private static Scenario Setting(Scenario scenario, string[] words) => words[0] switch
    {
        "members" => scenario with { Members = Number(words[1]) is var members and >= 2 and <= 9 ? members : throw new FormatException("2 to 9 members") },
        "store" => scenario with { ZeroLoss = OneOf(words[1], "zero-loss", "lossy") },
        "acks" => scenario with { Acks = Number(words[1]) },
        "host-rpo" => scenario with { HostRpoMs = Number(words[1]) },
        "unprotected" => scenario with { Stalls = OneOf(words[1], "stall", "allow") },
        "begins" => scenario with { FromNothing = OneOf(words[1], "unborn", "healthy") },
        "noise" => scenario with { Noise = Number(words[1]) },
        "calm-from" => scenario with { CalmFromMs = Number(words[1]) },
        "second-site" => scenario with
        {
            Second = (scenario.Second ?? new SecondSite()) with
            {
                Members = Number(words[1]) is var members and >= 1 and <= 3 ? members : throw new FormatException("1 to 3 members"),
            },
            HealthyWithinMs = Math.Max(scenario.HealthyWithinMs, 90_000),
        },
        "coordination" => OfSecond(scenario, second => second with { Separate = OneOf(words[1], "separate", "stretched") }),
        "isolation" => OfSecond(scenario, second => second with
        {
            Isolation = OneOf(words[1], "continue", "fence") ? IsolationPolicy.Continue : IsolationPolicy.Fence,
        }),
        "site-failover" => OfSecond(scenario, second => second with
        {
            Failover = OneOf(words[1], "automatic", "manual") ? SiteFailoverPolicy.Automatic : SiteFailoverPolicy.Manual,
        }),
        "rpo" => OfSecond(scenario, second => second with { RpoMs = Number(words[1]) }),
        "hooks" => words[1] is "none" or "before" or "after" or "before,after"
            ? OfSecond(scenario, second => second with
            {
                HookBefore = words[1].StartsWith("before", StringComparison.Ordinal),
                HookAfter = words[1].EndsWith("after", StringComparison.Ordinal),
            })
            : throw new FormatException("'none', 'before', 'after' or 'before,after'"),
        "clocks" => OfSecond(scenario, second => second with { ClocksApart = OneOf(words[1], "apart", "near") }),
        "healthy-within" => scenario with { HealthyWithinMs = Number(words[1]) },
        "weather" => scenario with { Weather = new Weather(Part(words[1]), Part(words[2]), Part(words[3]), Part(words[4])) },
        _ => throw new FormatException($"there is no setting '{words[0]}'"),
    };

    private static Scenario OfSecond(Scenario scenario, Func<SecondSite, SecondSite> change) => scenario with
    {
        Second = change(scenario.Second ?? throw new FormatException("'second-site' comes first")),
    };

    private static Fault ReadFault(string[] words)
    {
        var kind = Enum.GetValues<FaultKind>().Cast<FaultKind?>().FirstOrDefault(kind => Words(kind!.Value) == words[2]) ??
            throw new FormatException($"there is no fault '{words[2]}'");
        var fault = new Fault(Number(words[1]), kind, Others: []);
        for (var i = 3; i < words.Length; i++)
        {
            fault = words[i] switch
            {
                "for" => fault with { ForMs = Number(words[++i]) },
                "by" => fault with { By = Number(words[++i]) },
                "with" => fault with { Others = [.. words[++i].Split(',')] },
                _ => fault with { Victim = words[i] },
            };
        }

        return fault;
    }

    /// <summary>KillServer: kill-server.</summary>
    private static string Words(FaultKind kind) =>
        string.Concat(kind.ToString().Select((letter, i) => char.IsUpper(letter) ? $"{(i == 0 ? "" : "-")}{char.ToLowerInvariant(letter)}" : $"{letter}"));

    private static bool OneOf(string word, string yes, string no) =>
        word == yes || (word == no ? false : throw new FormatException($"'{yes}' or '{no}'"));

    private static int Number(string word) => int.Parse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);

    private static double Part(string word) => double.Parse(word, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture);
}
