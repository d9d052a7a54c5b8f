using Holdfast.Harness.Sites;
using Holdfast.Lab;
using Holdfast.Lab.Layout;
using Holdfast.Lab.Plans;

const int WrongUse = 2;
const int Impossible = 3;
const int PlannedByDefault = 50;

if (args.Contains("--help") || args.Contains("-h"))
{
    Console.Out.Write(HelpText.Text);
    return 0;
}

try
{
    var options = LabOptions.Parse(args);
    var file = LabFile.Load(options.File, options.Store);
    var plan = new FaultPlan(options.Seed, file.Topology, options.Only);
    if (plan.IsEmpty)
    {
        throw new LabException("none of the kinds that --only names can happen to this file's store, which has one site");
    }

    if (options.Plan)
    {
        Console.WriteLine($"seed {options.Seed}, {options.File}");
        for (var number = 1; number <= (options.Faults == int.MaxValue ? PlannedByDefault : options.Faults); number++)
        {
            Console.WriteLine($"{number,4}  after {plan[number].Calm.TotalSeconds:0.00}s  {plan[number].What}");
        }

        return 0;
    }

    // From here on in a network of our own; the seed must not be drawn a second time there.
    OwnNetwork.Enter([.. args, .. args.Contains("--seed") ? Array.Empty<string>() : ["--seed", $"{options.Seed}"]], mounts: true);
    if (OwnNetwork.WhyNot is { } reason)
    {
        await Console.Error.WriteLineAsync($"lab: {reason}");
        return Impossible;
    }

    return await LabRun.ExecuteAsync(options, file, plan, Console.Out);
}
catch (LabException exception)
{
    await Console.Error.WriteLineAsync($"lab: {exception.Message}");
    return WrongUse;
}
