from tests.checkins.told import *
from checkins import answering, jobs
from checkins.schemas import AnswerIn
from server.people import access, sessions
from server.people.roles import Action
from sqlalchemy import event
import uuid, time, cProfile, pstats
def test_x(world):
    c=open_one(world); world.noor.phone.take_all()
    stm=[]
    event.listen(world.db.engine,"before_cursor_execute",lambda conn,cur,s,p,ctx,m: stm.append(s))
    def w(tx, cid):
        tx.actor=sessions.authenticate(tx, world.noor.token)
        return answering.answer(tx, access.oneself(tx, Action.ANSWER_OWN), cid, AnswerIn(tx.now, CALM))
    from uuid_utils.compat import uuid7
    world.db.write_now(lambda tx: w(tx, uuid.UUID(c["id"])))
    for s in stm: print("--", " ".join(s.split())[:150])
    for i in range(20): world.db.write_now(lambda tx: w(tx, uuid7()))
    # make open occurrences
    from checkins.models import Occurrence
    from sqlalchemy import select, insert
    base=world.db.read_now(lambda tx: dict(tx.session.connection().execute(select(Occurrence.__table__).where(Occurrence.schedule_id.is_not(None)).limit(1)).one()._mapping))
    ids=[uuid7() for _ in range(2000)]
    world.db.write_now(lambda tx: tx.session.connection().execute(insert(Occurrence), [{**base,"id":i,"slot":str(n),"state":"open"} for n,i in enumerate(ids)]))
    stm.clear()
    world.db.write_now(lambda tx: w(tx, ids[0])); print(len(stm))
    t=time.perf_counter()
    for i in ids[1:501]: world.db.write_now(lambda tx: w(tx, i))
    print("each ms", (time.perf_counter()-t)/500*1000)
    from concurrent.futures import ThreadPoolExecutor
    import resource
    u=resource.getrusage(resource.RUSAGE_SELF)
    t=time.perf_counter()
    with ThreadPoolExecutor(32) as p: list(p.map(lambda i: world.db.write_now(lambda tx: w(tx, i)), ids[501:1501]))
    v=resource.getrusage(resource.RUSAGE_SELF)
    print("parallel/s", 1000/(time.perf_counter()-t), "cpu ms each", (v.ru_utime+v.ru_stime-u.ru_utime-u.ru_stime))
    pr=cProfile.Profile(); 
    def run(tx):
        pr.enable()
        for i in ids[1501:]: w(tx,i)
        pr.disable()
    world.db.write_now(run)
    pstats.Stats(pr).sort_stats("cumulative").print_stats(45)
    assert 0
