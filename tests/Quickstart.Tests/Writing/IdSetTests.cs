using Holdfast.Quickstart.Writing;

namespace Holdfast.Quickstart.Tests.Writing;

public class IdSetTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65535)]
    [InlineData(65536)]
    [InlineData(10_000_000)]
    public void An_id_is_in_once_it_was_added_and_its_neighbours_are_not(long id)
    {
        var set = new IdSet();
        set.Add(id).ShouldBeTrue();
        set.Add(id).ShouldBeFalse();
        set.Contains(id).ShouldBeTrue();
        set.Contains(id + 1).ShouldBeFalse();
        set.Contains(id - 1).ShouldBeFalse();
        set.Ids().ShouldBe([id]);
        set.Remove(id).ShouldBeTrue();
        set.Remove(id).ShouldBeFalse();
        set.Count.ShouldBe(0);
    }

    [Fact]
    public void It_behaves_as_an_ordinary_set_does()
    {
        var random = new Random(7);
        var set = new IdSet();
        var model = new SortedSet<long>();
        for (var i = 0; i < 20_000; i++)
        {
            var id = random.Next(200_000);
            if (random.Next(3) == 0)
            {
                set.Remove(id).ShouldBe(model.Remove(id));
            }
            else
            {
                set.Add(id).ShouldBe(model.Add(id));
            }
        }

        set.Count.ShouldBe(model.Count);
        set.Ids().ShouldBe(model);
    }

    [Fact]
    public void A_copy_does_not_change_with_the_original()
    {
        var set = new IdSet();
        set.Add(1);
        var copy = set.Copy();
        set.Add(2);
        set.Remove(1);
        copy.Ids().ShouldBe([1]);
    }
}
