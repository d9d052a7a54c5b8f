using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Holdfast.Simulation.Defects;
using Holdfast.Simulation.Exhaustive;

namespace Holdfast.Simulation;

/// <summary>The command <c>holdfast-sim</c>.</summary>
internal static class CommandLine
{
    private const int Passed = 0;
    private const int Violated = 1;
    private const int WrongUse = 2;

    /// <returns>0: the oath held; 1: it was violated; 2: wrong use.</returns>
    public static int Run(string[] arguments, TextWriter output, TextWriter errors)
    {
        if (arguments.Contains("--help") || arguments.Contains("-h"))
        {
            output.Write(HelpText.Text);
            return Passed;
        }

        try
        {
            var options = SimOptions.Parse(arguments);
            return options switch
            {
                { ScenarioFile: { } file } => Replay(ScenarioText.Read(File.ReadAllText(file)), options, output),
                { Exhaustive: true } => Explore(output),
                { Planted: true } => Plant(options, output),
                { Trace: true } => Replay(Scenario.Of(options.Seed ?? 1, options.Worlds), options, output),
                _ => Look(options, output, errors),
            };
        }
        catch (Exception exception) when (exception is ScenarioException or SimOptionException or IOException or UnauthorizedAccessException)
        {
            errors.WriteLine($"holdfast-sim: {exception.Message}");
            return WrongUse;
        }
    }

    private static int Replay(Scenario scenario, SimOptions options, TextWriter output)
    {
        var world = new World(scenario, options.Defect, traced: true);
        var violation = world.Run();
        foreach (var line in world.Trace)
        {
            output.WriteLine(line);
        }

        output.WriteLine(violation ?? $"the oath held: {world.Oath.Promotions} changes of primary, {world.Oath.Acknowledgements} commits acknowledged");
        return violation is null ? Passed : Violated;
    }

    private static int Look(SimOptions options, TextWriter output, TextWriter errors)
    {
        var seed = options.Seed ?? Random.Shared.Next(1, int.MaxValue / 2);
        errors.WriteLine($"seeds from {seed} on, {options.Limit.TotalMinutes:0.#} minutes, {options.Jobs} jobs");
        using var stop = new CancellationTokenSource();
        Console.CancelKeyPress += (_, pressed) =>
        {
            pressed.Cancel = true;
            stop.Cancel();
        };
        var watch = Stopwatch.StartNew();
        var cpu = Process.GetCurrentProcess().TotalProcessorTime;
        var search = new Search(
            options.Defect, options.Worlds, options.All ? failing => output.WriteLine($"seed {failing.Seed}: {failing.Violation}") : null);
        using var progress = new Timer(
            _ => errors.WriteLine($"{watch.Elapsed.TotalSeconds,6:0} s  {search.Totals.Runs} runs, {search.Totals.Failovers} changes of primary"), null,
            TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(10));
        var found = search.Run(seed, options.Limit, options.Jobs, options.Runs, stop.Token);
        cpu = Process.GetCurrentProcess().TotalProcessorTime - cpu;
        var perSecond = search.Totals.Failovers / Math.Max(0.001, cpu.TotalSeconds);
        if (options.Json)
        {
            output.WriteLine(JsonSerializer.Serialize(
                new SimReport(
                    seed, search.Totals.Runs, search.Totals.Failovers, search.Totals.SiteMoves, search.Totals.Commits, search.Totals.Simulated.TotalSeconds,
                    Math.Round(watch.Elapsed.TotalSeconds, 1), Math.Round(perSecond, 1), found?.Seed, found?.Violation),
                SimJson.Default.SimReport));
        }
        else
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{search.Totals.Runs} runs, {search.Totals.Failovers} changes of primary, {search.Totals.SiteMoves} of the active site, ") +
                string.Create(CultureInfo.InvariantCulture, $"{search.Totals.Commits} commits acknowledged, ") +
                string.Create(CultureInfo.InvariantCulture, $"{search.Totals.Simulated.TotalHours:0.0} h simulated in {watch.Elapsed.TotalSeconds:0.0} s: ") +
                string.Create(CultureInfo.InvariantCulture, $"{perSecond:0} changes of primary per second and core"));
        }

        return found is null ? Passed : options.All ? Violated : Tell(found, options, output, errors);
    }

    private static int Tell(Found found, SimOptions options, TextWriter output, TextWriter errors)
    {
        errors.WriteLine($"seed {found.Seed}: {found.Violation}; making it smaller …");
        var shrinker = new Shrinker(options.Defect);
        var (small, violation) = shrinker.Shrink(found.Scenario, found.Violation);
        var file = Path.Combine(options.Folder, string.Create(CultureInfo.InvariantCulture, $"seed-{found.Seed}.txt"));
        File.WriteAllText(file, $"# seed {found.Seed}\n# {violation}\n{ScenarioText.Write(small)}");
        if (!options.Json)
        {
            output.WriteLine(violation);
            output.WriteLine($"{small.Faults.Length} of {found.Scenario.Faults.Length} faults are left; replay it with: holdfast-sim --scenario {file}");
        }

        return Violated;
    }

    private static int Explore(TextWriter output)
    {
        var violated = false;
        foreach (var scope in Scope.All)
        {
            var result = new Explorer(scope).Run();
            output.WriteLine($"{scope}: {result}");
            violated |= result.Violation is not null;
        }

        return violated ? Violated : Passed;
    }

    private static int Plant(SimOptions options, TextWriter output)
    {
        var missed = 0;
        foreach (var planted in PlantedDefect.All.Where(planted => options.Worlds is Worlds.Mixed || planted.Worlds == options.Worlds))
        {
            var watch = Stopwatch.StartNew();
            var search = new Search(planted.Defect, planted.Worlds);
            var found = search.Run(options.Seed ?? 1, TimeSpan.FromMinutes(1), options.Jobs);
            missed += found is null ? 1 : 0;
            var outcome = found is null ? "NOT FOUND" : found.Violation.Split(',')[0];
            output.WriteLine($"{planted}: {outcome}, {search.Totals.Runs} runs, {watch.Elapsed.TotalSeconds:0.0} s");
        }

        return missed == 0 ? Passed : Violated;
    }
}
