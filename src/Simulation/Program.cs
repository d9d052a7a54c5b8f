using Holdfast.Simulation;

var seeds = args.Length > 0 ? int.Parse(args[0], System.Globalization.CultureInfo.InvariantCulture) : 1;
var count = args.Length > 1 ? int.Parse(args[1], System.Globalization.CultureInfo.InvariantCulture) : 1;
var watch = System.Diagnostics.Stopwatch.StartNew();
long promotions = 0, steps = 0, acks = 0, virtualMs = 0;
for (var seed = seeds; seed < seeds + count; seed++)
{
    var world = new World(Scenario.Of(seed), traced: count == 1);
    var violation = world.Run();
    foreach (var line in world.Trace)
    {
        Console.WriteLine(line);
    }

    (promotions, steps, acks, virtualMs) = (promotions + world.Oath.Promotions, steps + world.Schedule.Steps, acks + world.Oath.Acknowledgements, virtualMs + world.Now);
    if (violation is not null)
    {
        Console.WriteLine($"seed {seed}: {violation}");
    }
}

Console.WriteLine($"{count} runs, {promotions} promotions, {acks} acks, {steps} steps, {virtualMs / 1000} s virtual, {watch.Elapsed.TotalSeconds:F1} s");
